//! The REPLICATION attribute.

use crate::postgres::{
    Batch, Error, Statement,
    connection::Connection,
    ident::Ident,
    server_error::ServerError,
    snapshot::Snapshot,
    statement::{self, Coverage},
};

/// Gives or takes the REPLICATION attribute, and reads the catalog. Not together with other
/// statements: RDS often refuses this one, and the error has to say so.
pub(super) async fn alter_replication(
    connection: &mut Connection,
    name: &str,
    give: bool,
) -> Result<Snapshot, Error> {
    alter(connection, name, give, Batch::default()).await
}

/// Takes the REPLICATION attribute, and reads the catalog. Where the server refuses that, also what it said: the
/// attribute stays, and so does what the transaction did before.
pub(super) async fn try_to_take_replication(
    connection: &mut Connection,
    name: &str,
) -> Result<(Snapshot, Option<ServerError>), Error> {
    let before = Statement::savepoint().into();
    match alter(connection, name, false, before).await {
        Ok(snapshot) => Ok((snapshot, None)),
        Err(Error::ReplicationAttribute { said, .. }) => {
            let attempted = format!("leave the REPLICATION attribute of the role {name:?}");
            let back = Statement::rollback_to_savepoint().into();
            let snapshot = connection
                .run_and_read(&attempted, back, Coverage::around(name))
                .await?;
            Ok((snapshot, Some(*said)))
        }
        Err(error) => Err(error),
    }
}

async fn alter(
    connection: &mut Connection,
    name: &str,
    give: bool,
    before: Batch,
) -> Result<Snapshot, Error> {
    let attempted = format!("change the REPLICATION attribute of the role {name:?}");
    let statement = statement::alter_replication(&Ident::new(name)?, give);
    connection
        .run_and_read(&attempted, before.then([statement]), Coverage::around(name))
        .await
        .map_err(|error| error.of_replication_attribute(give))
}
