# TARGET/NAME, with the identifier of the cluster or instance:
terraform import rdsiam_replication_slot.orders cluster:orders/orders_cdc
terraform import rdsiam_replication_slot.legacy instance:legacy/legacy_cdc

# With `host`: the endpoint and its port.
terraform import rdsiam_replication_slot.orders orders.cluster-c1a2b3d4e5f6.eu-central-1.rds.amazonaws.com:5432/orders_cdc
