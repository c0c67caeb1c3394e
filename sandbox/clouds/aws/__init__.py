"""The simulated AWS. Importing it declares its types."""

from __future__ import annotations

from sandbox.clouds.aws import routes as routes
from sandbox.clouds.aws import security as security
from sandbox.clouds.aws import vpc as vpc
from sandbox.clouds.aws.cloud import AWS as AWS
