//! The AWS side: RDS and STS in AWS Query, Secrets Manager in JSON, on one endpoint.
