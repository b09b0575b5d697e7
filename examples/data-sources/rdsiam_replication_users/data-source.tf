# Everybody who can replicate or is in rds_iam, in the database of the provider's `postgres` block.
data "rdsiam_replication_users" "all" {}

resource "rdsiam_replication_user" "cdc" {
  cluster_identifier = "orders"
  name               = "cdc_orders"
}

# Who of one application can still replicate with a password, after the apply and not before it.
data "rdsiam_replication_users" "with_password" {
  cluster_identifier = "orders"
  name_regex         = "^cdc_"
  authentication     = "password"
  depends_on         = [rdsiam_replication_user.cdc]
}

check "no_passwords" {
  assert {
    condition = length(data.rdsiam_replication_users.with_password.users) == 0
    error_message = join("\n", [
      for user in data.rdsiam_replication_users.with_password.users : "${user.name}: ${user.reason}"
    ])
  }
}

# By which roles each one got into rds_iam.
output "paths_into_rds_iam" {
  value = {
    for user in data.rdsiam_replication_users.all.users : user.name => [
      for membership in user.memberships : join(" -> ", membership.path) if membership.group == "rds_iam"
    ]
  }
}
