//! A place in the queue at the toaster: an ephemeral resource.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostic, Diagnostics, EphemeralResource, Field, Model, Private,
    ephemeral_resource::{Opened, Renewed},
    schema::Schema,
};

use super::kitchen::{Kitchen, failed};

/// How long a ticket is good for.
const VALIDITY: Duration = Duration::from_secs(60);

/// A place in the queue; it is a file while it is open.
pub struct Ticket;

/// A place in the queue at the toaster.
#[derive(Model)]
pub struct TicketModel {
    /// The name of the slice to be toasted.
    #[attribute(required)]
    name: Field<String>,
    /// The number on the ticket.
    #[attribute(computed)]
    number: Field<u32>,
}

impl Ticket {
    fn file(kitchen: &Kitchen, name: &str) -> Result<PathBuf, Diagnostic> {
        Ok(kitchen.file(name)?.with_extension("ticket"))
    }

    /// Writes the ticket, anew when it is there already.
    fn write(kitchen: &Kitchen, name: &str) -> Result<SystemTime, Diagnostic> {
        let file = Self::file(kitchen, name)?;
        std::fs::write(file, name).map_err(|error| failed("Take a Ticket", name, &error))?;
        Ok(SystemTime::now() + VALIDITY)
    }

    fn name(private: &Private) -> String {
        private.get("name").unwrap_or_default()
    }
}

#[async_trait]
impl EphemeralResource<Kitchen> for Ticket {
    type Model = TicketModel;

    fn type_name(&self) -> &'static str {
        "toaster_ticket"
    }

    fn schema(&self) -> Schema {
        TicketModel::schema()
    }

    async fn open(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        config: TicketModel,
    ) -> Result<Opened<TicketModel>, Diagnostics> {
        let name = config.name.or_default();
        let mut private = Private::default();
        private
            .set("name", &name)
            .map_err(|error| Diagnostic::error("Cannot Take a Ticket", error.to_string()))?;
        let renew_at = Self::write(kitchen, &name)?;
        Ok(Opened::new(TicketModel {
            number: std::process::id().into(),
            ..config
        })
        .renew_at(renew_at)
        .keeping(private))
    }

    async fn renew(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        private: &Private,
    ) -> Result<Renewed, Diagnostics> {
        Ok(Renewed::new().renew_at(Self::write(kitchen, &Self::name(private))?))
    }

    async fn close(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        private: &Private,
    ) -> Result<Diagnostics, Diagnostics> {
        let name = Self::name(private);
        match std::fs::remove_file(Self::file(kitchen, &name)?) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(failed("Return a Ticket", &name, &error).into())
            }
            Ok(()) | Err(_) => Ok(Diagnostics::new()),
        }
    }
}
