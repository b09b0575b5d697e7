# A configuration with `cluster_identifier`:
terraform import rdsiam_replication_parameter.orders cluster/orders

# A configuration with `db_cluster_parameter_group_name`:
terraform import rdsiam_replication_parameter.shared cluster-parameter-group/shared-postgresql17
