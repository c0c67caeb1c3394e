"""The access accounts of an Aviatrix controller: its credentials for your cloud accounts.

The controller and the login are in AVIATRIX_CONTROLLER_IP, AVIATRIX_USERNAME, AVIATRIX_PASSWORD.
"""

from __future__ import annotations

import pulumi

from multicloudgateway import aviatrix

AWS, GCP, AZURE = 1, 4, 8
"""The controller's numbers of the clouds."""

config = pulumi.Config()

if wanted := config.get_object("aws"):
    # The roles `aviatrix-role-app` and `aviatrix-role-ec2` must be in the account.
    aviatrix.Account(
        "aws",
        account_name=wanted["name"],
        cloud_type=AWS,
        aws_account_number=wanted["account"],
        aws_iam=True,
    )
if wanted := config.get_object("azure"):
    aviatrix.Account(
        "azure",
        account_name=wanted["name"],
        cloud_type=AZURE,
        arm_subscription_id=wanted["subscription"],
        arm_directory_id=wanted["tenant"],
        arm_application_id=wanted["application"],
        arm_application_key=config.require_secret("azure_application_key"),
    )
if wanted := config.get_object("gcp"):
    aviatrix.Account(
        "gcp",
        account_name=wanted["name"],
        cloud_type=GCP,
        gcloud_project_id=wanted["project"],
        gcloud_project_credentials=config.require_secret("gcp_credentials"),
    )
