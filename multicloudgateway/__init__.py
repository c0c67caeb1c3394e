"""The Pulumi package `multicloudgateway`: MultiCloudGateway for programs in every language."""
