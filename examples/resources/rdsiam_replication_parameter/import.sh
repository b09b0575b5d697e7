# A configuration with `cluster_identifier`:
terraform import rdsiam_replication_parameter.orders cluster/orders

# A configuration with `db_instance_identifier`:
terraform import rdsiam_replication_parameter.billing instance/billing

# A configuration with `db_cluster_parameter_group_name`:
terraform import rdsiam_replication_parameter.shared cluster-parameter-group/shared-postgresql17

# A configuration with `db_parameter_group_name`:
terraform import rdsiam_replication_parameter.instances parameter-group/instances-postgres17
