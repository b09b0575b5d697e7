# TARGET/DATABASE/NAME, with the identifier of the cluster or instance and the PostgreSQL database:
terraform import rdsiam_publication.orders cluster:orders/shop/orders_pub
terraform import rdsiam_publication.legacy instance:legacy/shop/legacy_pub

# With `host`: the endpoint and its port.
terraform import rdsiam_publication.orders orders.cluster-c1a2b3d4e5f6.eu-central-1.rds.amazonaws.com:5432/shop/orders_pub
