//! One role at two addresses of a run.

use tfplugin::{Diagnostic, Private};

use super::{
    Model, is_true,
    target::{Target, database_ref, target_of},
};
use crate::{
    claims::{self, Claim, Deletion, Release},
    connection::{DatabaseLookup, DatabaseRef, Endpoint},
    operation::Operation,
    provider::Configured,
};

/// A role on a server, of which one resource answers for.
pub(super) struct Claimed<'a> {
    provider: &'a Configured,
    operation: &'a Operation,
    target: String,
    what: String,
}

impl<'a> Claimed<'a> {
    /// The role of that name at an endpoint, however the configuration names the database.
    pub(super) fn new(
        provider: &'a Configured,
        operation: &'a Operation,
        endpoint: &Endpoint,
        name: &str,
    ) -> Self {
        let endpoint = endpoint.connector.endpoint();
        Self {
            provider,
            operation,
            target: format!("{}/{name}", endpoint.to_lowercase()),
            what: format!("role {name:?} on {endpoint}"),
        }
    }

    /// Claims the role for a create.
    ///
    /// # Errors
    /// When another resource of this run has it.
    pub(super) async fn claim(&self) -> Result<Claim, Diagnostic> {
        let claim = self
            .provider
            .claims
            .claim(self.operation.scope(), &self.target)
            .await;
        claim.map_err(|error| error.diagnostic(self.operation, &self.what).at("name"))
    }

    /// Claims the role for an update.
    ///
    /// # Errors
    /// When another resource of this run has it.
    pub(super) async fn claim_again(&self, private: &Private) -> Result<Claim, Diagnostic> {
        let claims = &self.provider.claims;
        let claim = claims
            .claim_again(self.operation.scope(), &self.target, private)
            .await;
        claim.map_err(|error| error.diagnostic(self.operation, &self.what).at("name"))
    }

    /// Asks whether a delete may take the role away; a warning says that it may not.
    ///
    /// # Errors
    /// When the operation ended meanwhile.
    pub(super) async fn release(
        &self,
        private: &Private,
    ) -> Result<Result<Release, Diagnostic>, Diagnostic> {
        let claims = &self.provider.claims;
        match claims
            .release(self.operation.scope(), &self.target, private)
            .await
        {
            Ok(Deletion::Allowed(release)) => Ok(Ok(release)),
            Ok(Deletion::OfAnother) => Ok(Err(Deletion::kept(&format!(
                "The {} stays as it is, with what it was granted.",
                self.what
            )))),
            Err(error) => Err(error.diagnostic(self.operation, &self.what)),
        }
    }
}

/// Remembers that a role is created or granted to; a warning says that the same plan destroys it elsewhere.
pub(super) fn at_plan_of_create(provider: &Configured, planned: &Model) -> Option<Diagnostic> {
    let database_ref = database_ref(planned);
    let DatabaseLookup::Known(database) = provider.databases.lookup(&database_ref) else {
        return None;
    };
    let target = text(provider, &database_ref, &Target::new(&database), planned)?;
    let is_destroyed = provider.claims.plan_create(&target);
    is_destroyed.then(|| created_and_destroyed(planned))
}

/// Remembers that a resource stays; says that the same plan destroys the role elsewhere, or that it has two addresses.
pub(super) fn at_plan_of_update(
    provider: &Configured,
    prior: &Model,
    private: &Private,
) -> Option<Diagnostic> {
    let target = text(provider, &database_ref(prior), &target_of(prior)?, prior)?;
    let contradiction = provider.claims.plan_keep(&target, private).err()?;
    Some(contradiction.diagnostic(&what(prior)).at("name"))
}

/// Remembers that a resource goes away; says that the same plan creates the role elsewhere, or that it stays there.
pub(super) fn at_plan_of_destroy(
    provider: &Configured,
    prior: &Model,
    private: &Private,
) -> Option<Diagnostic> {
    let target = text(provider, &database_ref(prior), &target_of(prior)?, prior)?;
    match provider.claims.plan_destroy(&target, private) {
        Ok(is_created) => is_created.then(|| created_and_destroyed(prior)),
        Err(contradiction) => Some(contradiction.diagnostic(&what(prior)).at("name")),
    }
}

/// The text that stands for a role in a plan, which looks nothing up.
fn text(
    provider: &Configured,
    database_ref: &DatabaseRef,
    target: &Target,
    model: &Model,
) -> Option<String> {
    let name = model.name.known()?;
    let region = database_ref.region.known().filter(|_| {
        !provider
            .databases
            .is_same_region(&database_ref.region, &tfplugin::Field::Null)
    });
    Some(format!(
        "{}/{target}/{name}",
        region.map_or("", String::as_str)
    ))
}

fn what(model: &Model) -> String {
    format!("role {:?}", model.name.known().map_or("", String::as_str))
}

fn created_and_destroyed(model: &Model) -> Diagnostic {
    let outcome = match is_true(&model.create_role) {
        true => {
            "Whichever of the two the CLI does first, the role is not lost: it is either dropped and then created anew, \
             without its password and whatever else it was given, or the creation is refused because the role is still \
             there, and then the destruction is refused as well."
        }
        false => {
            "Its grants are there in the end, but may be taken back and given again in between."
        }
    };
    claims::created_and_destroyed(&what(model), outcome).at("name")
}
