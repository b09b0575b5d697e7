# In whichever group the cluster uses.
resource "rdsiam_replication_parameter" "orders" {
  cluster_identifier = "orders"
}

# In whichever group an instance of RDS for PostgreSQL uses.
resource "rdsiam_replication_parameter" "billing" {
  db_instance_identifier = "billing"
}

# In a group by name; all clusters that use the group are waited for.
resource "rdsiam_replication_parameter" "shared" {
  db_cluster_parameter_group_name = "shared-postgresql17"

  # A destroy leaves the parameter as it is.
  on_destroy = "retain"

  timeouts {
    create = "30m"
    update = "30m"
  }
}
