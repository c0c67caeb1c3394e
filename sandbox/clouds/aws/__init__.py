"""The simulated AWS. Importing it declares its types."""

from __future__ import annotations

from sandbox.clouds.aws import acm as acm
from sandbox.clouds.aws import cloudfront as cloudfront
from sandbox.clouds.aws import elasticache as elasticache
from sandbox.clouds.aws import identity as identity
from sandbox.clouds.aws import lattice as lattice
from sandbox.clouds.aws import load_balancer_listeners as load_balancer_listeners
from sandbox.clouds.aws import load_balancing as load_balancing
from sandbox.clouds.aws import network_acl as network_acl
from sandbox.clouds.aws import network_firewall as network_firewall
from sandbox.clouds.aws import peering as peering
from sandbox.clouds.aws import prefix_lists as prefix_lists
from sandbox.clouds.aws import ram as ram
from sandbox.clouds.aws import route53 as route53
from sandbox.clouds.aws import route53_health as route53_health
from sandbox.clouds.aws import route53_records as route53_records
from sandbox.clouds.aws import route53_resolver as route53_resolver
from sandbox.clouds.aws import routes as routes
from sandbox.clouds.aws import security as security
from sandbox.clouds.aws import transit_gateway as transit_gateway
from sandbox.clouds.aws import transit_gateway_attachments as transit_gateway_attachments
from sandbox.clouds.aws import transit_gateway_peering as transit_gateway_peering
from sandbox.clouds.aws import transit_gateway_routing as transit_gateway_routing
from sandbox.clouds.aws import vpc as vpc
from sandbox.clouds.aws import vpc_endpoint as vpc_endpoint
from sandbox.clouds.aws import vpn as vpn
from sandbox.clouds.aws import wafv2 as wafv2
from sandbox.clouds.aws.cloud import AWS as AWS
