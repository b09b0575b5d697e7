# TARGET/DATABASE/ROLE, with the identifier of the cluster or instance and the PostgreSQL database:
terraform import rdsiam_publication_grant.cdc cluster:orders/shop/cdc
terraform import rdsiam_publication_grant.legacy instance:legacy/shop/cdc

# With `host`: the endpoint and its port.
terraform import rdsiam_publication_grant.cdc orders.cluster-c1a2b3d4e5f6.eu-central-1.rds.amazonaws.com:5432/shop/cdc
