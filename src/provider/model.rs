//! The typed form of the provider block.

use tfplugin::{Field, Model};

use super::aws::AwsModel;
use crate::connection::PostgresModel;

/// IAM authentication of PostgreSQL replication connections on Amazon RDS and Aurora. Configuring the
/// provider opens no connection and calls no API.
#[derive(Clone, Debug, Default, Model)]
#[model(config_only, empty_is_null)]
pub struct ProviderModel {
    #[attributes]
    pub(super) aws: AwsModel,
    #[block]
    pub(super) postgres: Field<PostgresModel>,
}
