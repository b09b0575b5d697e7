//! The REPLICATION attribute.

use crate::postgres::{
    Error,
    connection::Connection,
    ident::Ident,
    snapshot::Snapshot,
    statement::{self, Extent},
};

/// Gives or takes the REPLICATION attribute, and reads the catalogue. Not together with other
/// statements: RDS often refuses this one, and the error has to say so.
pub(super) async fn alter_replication(
    connection: &mut Connection,
    name: &str,
    give: bool,
) -> Result<Snapshot, Error> {
    let attempted = format!("change the REPLICATION attribute of the role {name:?}");
    let statement = statement::alter_replication(&Ident::new(name)?, give);
    connection
        .run_and_read(&attempted, statement.into(), Extent::Around(name))
        .await
        .map_err(|error| error.of_replication_attribute(give))
}
