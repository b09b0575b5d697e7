//! One object at two addresses of a run.

use tfplugin::{Diagnostic, Private};

use super::{
    InDatabase,
    target::{Target, target_of},
};
use crate::{
    claims::{self, Claim, Deletion, Release},
    connection::{DatabaseLookup, Endpoint},
    operation::Operation,
    provider::Configured,
};

/// An object on a server, of which one resource answers for.
pub(in crate::resources) struct Claimed<'a> {
    provider: &'a Configured,
    operation: &'a Operation,
    target: String,
    what: String,
    argument: &'static str,
}

impl<'a> Claimed<'a> {
    /// The object of a model at an endpoint, however the configuration names the database.
    pub(in crate::resources) fn new<M: InDatabase>(
        provider: &'a Configured,
        operation: &'a Operation,
        endpoint: &Endpoint,
        model: &M,
    ) -> Self {
        let endpoint = endpoint.connector.endpoint();
        let path = model.path().unwrap_or_default();
        Self {
            provider,
            operation,
            target: format!("{} {}/{path}", M::OBJECT, endpoint.to_lowercase()),
            what: format!("{} on {endpoint}", what(model)),
            argument: M::ARGUMENT,
        }
    }

    /// Claims the object for a create.
    ///
    /// # Errors
    /// When another resource of this run has it.
    pub(in crate::resources) async fn claim(&self) -> Result<Claim, Diagnostic> {
        let claim = self
            .provider
            .claims
            .claim(self.operation.scope(), &self.target)
            .await;
        claim.map_err(|error| {
            error
                .diagnostic(self.operation, &self.what)
                .at(self.argument)
        })
    }

    /// Claims the object for an update.
    ///
    /// # Errors
    /// When another resource of this run has it.
    pub(in crate::resources) async fn claim_again(
        &self,
        private: &Private,
    ) -> Result<Claim, Diagnostic> {
        let claims = &self.provider.claims;
        let claim = claims
            .claim_again(self.operation.scope(), &self.target, private)
            .await;
        claim.map_err(|error| {
            error
                .diagnostic(self.operation, &self.what)
                .at(self.argument)
        })
    }

    /// Asks whether a delete may take the object away; a warning says that it may not. `kept` completes the sentence
    /// that it stays.
    ///
    /// # Errors
    /// When the operation ended meanwhile.
    pub(in crate::resources) async fn release(
        &self,
        private: &Private,
        kept: &str,
    ) -> Result<Result<Release, Diagnostic>, Diagnostic> {
        let claims = &self.provider.claims;
        match claims
            .release(self.operation.scope(), &self.target, private)
            .await
        {
            Ok(Deletion::Allowed(release)) => Ok(Ok(release)),
            Ok(Deletion::OfAnother) => Ok(Err(Deletion::kept(&format!(
                "The {} stays as it is{kept}.",
                self.what
            )))),
            Err(error) => Err(error.diagnostic(self.operation, &self.what)),
        }
    }
}

/// Remembers that an object is created or granted to; a warning says that the same plan destroys it elsewhere.
pub(in crate::resources) fn at_plan_of_create<M: InDatabase>(
    provider: &Configured,
    planned: &M,
) -> Option<Diagnostic> {
    let DatabaseLookup::Known(database) = provider.databases.lookup(&planned.database_ref()) else {
        return None;
    };
    expect(provider, planned);
    let target = text(provider, &Target::new(&database), planned)?;
    let is_destroyed = provider.claims.plan_create(&target);
    is_destroyed.then(|| created_and_destroyed(planned))
}

/// Remembers that an object is planned to be created, or to become something else. What needs it follows in the same run
/// where it refers to it: Terraform then plans it later. Where it does not, the next plan finds what is to be done. So this
/// makes values unknown, and never says what they are; an update that has become none by the apply is one to Terraform.
pub(in crate::resources) fn expect<M: InDatabase>(provider: &Configured, planned: &M) {
    let database_ref = planned.database_ref();
    if let DatabaseLookup::Known(at) = provider.databases.lookup(&database_ref)
        && let Some(name) = planned.name().known()
    {
        let database = database_ref.name.known().map(String::as_str);
        let expected = needed(M::OBJECT, &Target::new(&at), database, name);
        provider.claims.expect(expected);
    }
}

/// Whether an object that another one needs, in a database or of the whole server, is created by the same plan or becomes
/// something else, as far as that was planned before.
pub(in crate::resources) fn is_expected(
    provider: &Configured,
    object: &str,
    target: &Target,
    database: Option<&str>,
    name: &str,
) -> bool {
    let expected = needed(object, target, database, name);
    provider.claims.is_expected(&expected)
}

/// The text that stands for an object that others need.
fn needed(object: &str, target: &Target, database: Option<&str>, name: &str) -> String {
    format!("{object} {target}/{}/{name}", database.unwrap_or_default())
}

/// Remembers that a resource stays; says that the same plan destroys the object elsewhere, or that it has two addresses.
pub(in crate::resources) fn at_plan_of_update<M: InDatabase>(
    provider: &Configured,
    prior: &M,
    private: &Private,
) -> Option<Diagnostic> {
    let target = text(provider, &target_of(prior)?, prior)?;
    let contradiction = provider.claims.plan_keep(&target, private).err()?;
    Some(contradiction.diagnostic(&what(prior)).at(M::ARGUMENT))
}

/// Remembers that a resource goes away; says that the same plan creates the object elsewhere, or that it stays there.
pub(in crate::resources) fn at_plan_of_destroy<M: InDatabase>(
    provider: &Configured,
    prior: &M,
    private: &Private,
) -> Option<Diagnostic> {
    let target = text(provider, &target_of(prior)?, prior)?;
    match provider.claims.plan_destroy(&target, private) {
        Ok(is_created) => is_created.then(|| created_and_destroyed(prior)),
        Err(contradiction) => Some(contradiction.diagnostic(&what(prior)).at(M::ARGUMENT)),
    }
}

/// The text that stands for an object in a plan, which looks nothing up.
fn text<M: InDatabase>(provider: &Configured, target: &Target, model: &M) -> Option<String> {
    let path = model.path()?;
    let region = &model.arguments().region;
    let databases = &provider.databases;
    let region = region
        .known()
        .filter(|_| !databases.is_same_region(region, &tfplugin::Field::Null));
    Some(format!(
        "{} {}/{target}/{path}",
        M::OBJECT,
        region.map_or("", String::as_str)
    ))
}

fn what<M: InDatabase>(model: &M) -> String {
    let name = model.name().known().map_or("", String::as_str);
    format!("{} {name:?}", M::OBJECT)
}

fn created_and_destroyed<M: InDatabase>(model: &M) -> Diagnostic {
    claims::created_and_destroyed(&what(model), model.outcome_of_both()).at(M::ARGUMENT)
}
