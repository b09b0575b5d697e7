terraform {
  required_providers {
    rdsiam = {
      source = "rdsiam/rdsiam"
    }
  }
}

# Credentials come from the environment, the shared files, or the metadata of a container or an
# instance, as for the AWS CLI.
provider "rdsiam" {
  region = "eu-central-1"

  # The database in which roles are granted. Writer endpoint, port, database, master user and the
  # secret that RDS manages for it are looked up.
  postgres {
    cluster_identifier = "orders"
  }
}

# Another database, reached through a tunnel, as a user who logs in with IAM tokens.
provider "rdsiam" {
  alias  = "billing"
  region = "eu-central-1"

  postgres {
    host     = "billing.cluster-c1a2b3d4e5f6.eu-central-1.rds.amazonaws.com"
    database = "billing"
    username = "role_admin"
    iam_auth = true

    # The TCP connection goes here; the token and the certificate's name stay those of `host`.
    connect_host = "127.0.0.1"
    connect_port = 15432
  }
}
