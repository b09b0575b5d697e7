# TARGET/NAME. With `cluster_identifier` or `db_instance_identifier` in the provider's `postgres` block:
terraform import rdsiam_replication_user.cdc orders/cdc

# With `host`: the endpoint and its port.
terraform import rdsiam_replication_user.cdc orders.cluster-c1a2b3d4e5f6.eu-central-1.rds.amazonaws.com:5432/cdc
