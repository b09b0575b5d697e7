//! Dropping a publication.

use super::{
    commit::commit,
    read::{read_one, reading},
};
use crate::{
    postgres::{
        Error, Server,
        connection::Connection,
        ident::Ident,
        publication::{Refusal, Seen},
        retry::until_done,
        statement::{self, begin_on_publication, select_publications},
    },
    scope::Scope,
};

/// Drops a publication. One that is gone is success; `seen` is the object that it was, where that is known. Nothing
/// depends on a publication, so that there is no CASCADE.
///
/// # Errors
/// When the server fails, or the publication of this name is another object; nothing is dropped then.
pub async fn drop_publication(
    server: &Server,
    scope: &Scope,
    name: &str,
    seen: Option<Seen>,
) -> Result<(), Error> {
    let dropped = until_done(server, scope, async || {
        let mut connection = server.connection(scope).await?;
        let dropped = drop_in(server, &mut connection, name, seen).await;
        if dropped.is_err() {
            connection.roll_back().await;
        }
        dropped
    })
    .await;
    server.forget_readings();
    dropped
}

async fn drop_in(
    server: &Server,
    connection: &mut Connection,
    name: &str,
    seen: Option<Seen>,
) -> Result<(), Error> {
    let batch =
        begin_on_publication(name).then(select_publications(connection.version(), Some(name)));
    let results = connection.run(&reading(name), batch).await?;
    let Some(found) = read_one(name, &results)? else {
        connection.roll_back().await;
        return Ok(());
    };
    let version = connection.version();
    if seen.is_some_and(|seen| !found.is(seen, version)) {
        return Err(Refusal::AnotherPublication.into());
    }
    let attempted = format!("drop the publication {name:?}");
    let drop = statement::drop_publication(&Ident::new(name)?);
    connection.run(&attempted, drop).await?;
    commit(server, connection, name, Some(&found), None).await
}
