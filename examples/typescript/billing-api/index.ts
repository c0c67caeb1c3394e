// An API on a gateway that another stack owns, from a program in TypeScript.
import * as multicloudgateway from "@pulumi/multicloudgateway";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const billing = new multicloudgateway.Api("billing", {
    gateway: config.require("gateway"), // org/project/stack
    owner: "billing",
    service: { host: "billing.internal", tlsVerify: true },
    routes: {
        invoices: { paths: ["/billing/invoices"], methods: ["GET"] },
        payments: { paths: ["/billing/payments"], methods: ["GET", "POST"] },
    },
    authentication: { keyAuth: { keyNames: ["X-Api-Key"] } },
    consumers: { shop: { keys: { first: config.requireSecret("shopKey") } } },
    rateLimit: { limit: 60, windowSize: 60, identifier: "credential" },
    plugins: {
        // As Kong documents the plugin, so not in camelCase.
        "correlation-id": { config: { header_name: "X-Request-Id" } },
    },
});

export const urls = billing.urls;
export const serviceIds = billing.serviceIds;
