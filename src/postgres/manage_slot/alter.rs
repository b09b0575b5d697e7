//! Changing a slot.

use crate::{
    postgres::{
        Error, Server,
        ident::Ident,
        replication_slot::{Desired, Refusal, Slots, too_old},
        retry::uninterruptible,
        statement::{alter_slot, select_slots},
    },
    scope::Scope,
};

/// Says whether standby servers have a slot as well. Waits until its consumer lets go of it, within the operation's limits.
///
/// # Errors
/// When the server fails or does not know that, or somebody has used the slot all the time.
pub async fn set_failover(
    server: &Server,
    scope: &Scope,
    name: &str,
    failover: bool,
) -> Result<(), Error> {
    let wanted = Desired {
        failover: true,
        ..Desired::default()
    };
    let attempted = format!("change the slot {name:?}");
    let version = server.connection(scope).await?.version();
    if let Some(too_old) = too_old(&wanted, version) {
        return Err(Refusal::TooOld(too_old).into());
    }
    let command = alter_slot(&Ident::new(name)?, failover);
    let altered = server
        .command_replication(scope, &attempted, &command)
        .await;
    server.forget_readings();
    let Err(error) = altered else {
        return Ok(());
    };
    match error {
        Error::TimedOut { .. } => Err(in_use(server, name).await.unwrap_or(error)),
        error => Err(error),
    }
}

/// That somebody uses the slot, where that is so.
async fn in_use(server: &Server, name: &str) -> Option<Error> {
    let mut connection = server.connection(&uninterruptible()).await.ok()?;
    let select = select_slots(connection.version(), Some(name));
    let results = connection.read("look who uses the slot", [select]).await;
    let slots = Slots::from_rows(results.ok()?.first()?)?;
    let user = slots.logical(name)?.user.clone()?;
    Some(Refusal::Streaming(user).into())
}
