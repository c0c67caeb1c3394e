// A gateway from a program in TypeScript, with its contract as stack outputs.
import * as multicloudgateway from "@pulumi/multicloudgateway";

const gateway = new multicloudgateway.MultiCloudGateway("gateway", {
    environment: "dev",
    geo: "us",
    version: "3.13",
    controlPlane: { labels: { team: "platform" } },
    tags: { team: "platform" },
    regions: [
        {
            region: "us-east-2",
            cidr: "10.64.0.0/20", // can never change
            landing: { cidr: "10.65.0.0/16" },
        },
    ],
});

// Other projects read these, in any language; in Python with GatewayContract.reference.
export const contract = gateway.contract;
export const owner = gateway.owner;
export const environment = gateway.environment;
export const geo = gateway.geo;
export const version = gateway.version;
export const controlPlanes = gateway.controlPlanes;
export const regions = gateway.regions;
