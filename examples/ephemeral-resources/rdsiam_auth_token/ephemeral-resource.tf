# A fresh token in each run, for a provider that logs in as a user of rds_iam. It is in no plan and no state.
ephemeral "rdsiam_auth_token" "admin" {
  cluster_identifier = "orders"
  username           = "admin"
}

# Fed into the configuration of another provider, for instance cyrilgdn/postgresql:
#
# provider "postgresql" {
#   host      = ephemeral.rdsiam_auth_token.admin.host
#   port      = ephemeral.rdsiam_auth_token.admin.port
#   username  = ephemeral.rdsiam_auth_token.admin.username
#   password  = ephemeral.rdsiam_auth_token.admin.token
#   superuser = false
# }

# For an endpoint that is known, such as that of a proxy: no API is called.
ephemeral "rdsiam_auth_token" "through_proxy" {
  host     = "orders.proxy-c1a2b3d4e5f6.eu-central-1.rds.amazonaws.com"
  username = "app"
}
