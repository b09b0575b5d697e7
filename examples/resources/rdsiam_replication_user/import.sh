# TARGET/NAME, with the identifier of the cluster or instance:
terraform import rdsiam_replication_user.cdc cluster:orders/cdc
terraform import rdsiam_replication_user.legacy instance:legacy/cdc

# With `host`: the endpoint and its port.
terraform import rdsiam_replication_user.cdc orders.cluster-c1a2b3d4e5f6.eu-central-1.rds.amazonaws.com:5432/cdc
