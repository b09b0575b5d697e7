//! What this process has created, adopted or switched on, so that it neither does so twice nor takes it
//! away again at another address of the same run.
//!
//! Terraform tells a provider nothing of addresses. Two of them may stand for one object: a replacement with
//! `create_before_destroy`, a `count` that became a `for_each` without `moved` blocks, a configuration that
//! was copied. A create claims what it is about, and keeps the claim's number in the private data; a delete
//! of an object with another number, or with none, is then known to be one at another address.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tfplugin::{Diagnostic, Private};
use tokio::sync::OwnedMutexGuard;

use crate::{operation::Operation, scope::Scope};

/// Where the private data keeps the number.
const KEY: &str = "claim";

/// Where it says that a create found the object done already: it may be there twice with a reason, as the old
/// object of a replacement with `create_before_destroy` that came no further.
const FOUND: &str = "found";

/// The claims of one configured provider. A target is a text that says which object is meant: kind, Region
/// and name as far as they are known, in lower case where AWS and SQL do not tell the cases apart.
#[derive(Debug, Default)]
pub struct Claims {
    targets: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<Owner>>>>,
    planned: Mutex<Planned>,
}

/// Whose a target is, as far as this process has to do with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Owner {
    /// Nobody's: nothing was done here.
    #[default]
    Nobody,
    /// The object's whose private data has this number.
    Object(String),
    /// A create found it there and went no further. Whoever made it, it is wanted at another address.
    Found,
}

/// What the plans of this process are about.
#[derive(Debug, Default)]
struct Planned {
    created: BTreeSet<String>,
    /// What is planned to be created, or to become something else, as others name it who need it.
    expected: BTreeSet<String>,
    /// Each with the number of its object, where it has one.
    destroyed: BTreeMap<String, Option<String>>,
    /// The object that stays.
    kept: BTreeMap<String, Kept>,
}

/// An object that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    number: String,
    found: bool,
}

/// What this process has planned for a target before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedBefore {
    /// Its creation, at another address.
    pub created: bool,
    /// Its destruction.
    pub destroyed: bool,
}

/// What a plan has found out of two objects that stand for one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// One is destroyed, and the other one stays.
    DestroyedAndKept,
    /// Likewise, and the other one was created where the object was there already.
    DestroyedAndFound,
    /// Both stay.
    KeptTwice,
}

/// Why there is no claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotClaimed {
    /// Another object of this process has it.
    Taken,
    /// A create of this process found it there, and could not take it over.
    Wanted,
    /// The operation ended while another one on the same target was under way.
    Ended,
}

/// A claim on a target. Until it is kept or dropped, no other operation on the target goes on.
#[derive(Debug)]
#[must_use = "a claim that is not kept is given up"]
pub struct Claim {
    owner: OwnedMutexGuard<Owner>,
    number: String,
}

/// What a delete may do.
#[derive(Debug)]
pub enum Deletion {
    /// Take the object away, and then call [`Release::done`].
    Allowed(Release),
    /// Nothing: the object is wanted at another address of this run. [`Deletion::kept`] words it.
    OfAnother,
}

/// A deletion that is under way. Until it is dropped, no other operation on the target goes on.
#[derive(Debug)]
#[must_use = "without it another operation on the target may come between"]
pub struct Release {
    owner: OwnedMutexGuard<Owner>,
}

impl Claims {
    /// Claims a target for a create, whatever the private data says: that of a replacement holds what the
    /// old object left. Waits for an operation on the same target that is under way.
    ///
    /// # Errors
    /// When another object of this process has it; or the operation ended meanwhile.
    pub async fn claim(&self, scope: &Scope, target: &str) -> Result<Claim, NotClaimed> {
        let owner = self.lock(scope, target).await?;
        if matches!(*owner, Owner::Object(_)) {
            return Err(NotClaimed::Taken);
        }
        locked(&self.planned).kept.remove(target);
        Ok(Claim {
            owner,
            number: new_number(),
        })
    }

    /// Claims a target for an update of an object that has it already, perhaps from an earlier process.
    ///
    /// # Errors
    /// As [`Claims::claim`].
    pub async fn claim_again(
        &self,
        scope: &Scope,
        target: &str,
        private: &Private,
    ) -> Result<Claim, NotClaimed> {
        let owner = self.lock(scope, target).await?;
        let number = private.get::<String>(KEY);
        match (&*owner, number) {
            (Owner::Object(other), number) if Some(other) != number.as_ref() => {
                Err(NotClaimed::Taken)
            }
            (_, Some(number)) => Ok(Claim { owner, number }),
            (_, None) => {
                drop(owner);
                self.claim(scope, target).await
            }
        }
    }

    /// Asks before a delete whether the object is this one's to take away. Waits for an operation on the
    /// same target that is under way.
    ///
    /// # Errors
    /// When the operation ended meanwhile.
    pub async fn release(
        &self,
        scope: &Scope,
        target: &str,
        private: &Private,
    ) -> Result<Deletion, NotClaimed> {
        let owner = self.lock(scope, target).await?;
        let own = private.get::<String>(KEY);
        let is_of_another = match &*owner {
            Owner::Nobody => own.is_some_and(|own| {
                let planned = locked(&self.planned);
                planned
                    .kept
                    .get(target)
                    .is_some_and(|kept| kept.number != own)
            }),
            Owner::Object(number) => own.as_ref() != Some(number),
            Owner::Found => return Err(NotClaimed::Wanted),
        };
        Ok(match is_of_another {
            true => Deletion::OfAnother,
            false => Deletion::Allowed(Release { owner }),
        })
    }

    /// Remembers that a create of the target is planned; whether its destruction is planned, too.
    pub fn plan_create(&self, target: &str) -> bool {
        self.plan_creation(target).destroyed
    }

    /// Remembers that something is planned to be created, or to become something else, which others may need.
    pub fn expect(&self, object: String) {
        locked(&self.planned).expected.insert(object);
    }

    /// Whether something that is needed is planned to be created, or to become something else.
    pub fn is_expected(&self, object: &str) -> bool {
        locked(&self.planned).expected.contains(object)
    }

    /// As [`Claims::plan_create`], and also whether another creation of the target is planned. A CLI plans each
    /// creation once in a process.
    pub fn plan_creation(&self, target: &str) -> PlannedBefore {
        let begun = self.has_begun(target);
        let mut planned = locked(&self.planned);
        let is_first = planned.created.insert(target.to_owned());
        PlannedBefore {
            created: !is_first && !begun,
            destroyed: planned.destroyed.contains_key(target),
        }
    }

    /// Remembers that a destruction of the target is planned; whether its creation is planned, too. Not where
    /// the creation has begun: the old object of a replacement is planned for destruction during the apply, and
    /// its delete says what there is to say.
    ///
    /// # Errors
    /// When another object stays that stands for the target, with another number in its private data.
    pub fn plan_destroy(&self, target: &str, private: &Private) -> Result<bool, Contradiction> {
        let begun = self.has_begun(target);
        let mut planned = locked(&self.planned);
        let own = private.get::<String>(KEY);
        let kept = planned.kept.get(target);
        let contradiction = kept
            .filter(|kept| differs(&own, &kept.number))
            .map(Kept::contradiction);
        planned.destroyed.insert(target.to_owned(), own);
        match contradiction {
            Some(contradiction) => Err(contradiction),
            None => Ok(planned.created.contains(target) && !begun),
        }
    }

    /// Remembers that an object stays which stands for the target.
    ///
    /// # Errors
    /// When the plan destroys another one, or another one stays, with another number in its private data.
    pub fn plan_keep(&self, target: &str, private: &Private) -> Result<(), Contradiction> {
        let Some(number) = private.get::<String>(KEY) else {
            return Ok(());
        };
        let own = Kept {
            number,
            found: private.get(FOUND).unwrap_or(false),
        };
        let mut planned = locked(&self.planned);
        if let Some(destroyed) = planned.destroyed.get(target)
            && differs(destroyed, &own.number)
        {
            return Err(own.contradiction());
        }
        match planned.kept.insert(target.to_owned(), own.clone()) {
            Some(kept) if kept.number != own.number => Err(Contradiction::KeptTwice),
            _ => Ok(()),
        }
    }

    /// Whether an operation on the target is under way, or has claimed it.
    pub fn has_begun(&self, target: &str) -> bool {
        locked(&self.targets).get(target).is_some_and(|owner| {
            owner
                .try_lock()
                .map_or(true, |owner| *owner != Owner::Nobody)
        })
    }

    async fn lock(
        &self,
        scope: &Scope,
        target: &str,
    ) -> Result<OwnedMutexGuard<Owner>, NotClaimed> {
        let owner = locked(&self.targets)
            .entry(target.to_owned())
            .or_default()
            .clone();
        match owner.clone().try_lock_owned() {
            Ok(owner) => Ok(owner),
            // Another operation is under way.
            Err(_) => scope
                .limit(owner.lock_owned())
                .await
                .map_err(|_| NotClaimed::Ended),
        }
    }
}

impl Kept {
    /// What it is that another object is destroyed which stands for the same target.
    fn contradiction(&self) -> Contradiction {
        match self.found {
            true => Contradiction::DestroyedAndFound,
            false => Contradiction::DestroyedAndKept,
        }
    }
}

impl Claim {
    /// As [`Claim::keep`], for an object that was done already when it was created.
    pub fn keep_found(self, private: &mut Private) {
        // A boolean always has a JSON form.
        let _ = private.set(FOUND, &true);
        self.keep(private);
    }

    /// Keeps the claim: the object is there, or on. Its private data says from now on whose it is.
    pub fn keep(mut self, private: &mut Private) {
        // A text always has a JSON form. Without the number nothing could be deleted here, which is the
        // safe side.
        let _ = private.set(KEY, &self.number);
        *self.owner = Owner::Object(std::mem::take(&mut self.number));
    }

    /// Leaves a mark that the object was there already, which a create does not take over: a delete of the
    /// same target in this run fails, and keeps it in the state.
    pub fn found(mut self) {
        *self.owner = Owner::Found;
    }
}

impl Release {
    /// The object is gone, or off: whoever comes next may claim it.
    pub fn done(mut self) {
        *self.owner = Owner::Nobody;
    }
}

/// Gives an object a number that has none yet: one that was imported, moved here, or made by an earlier version of the
/// provider. Two addresses that stand for one object are told apart by it.
pub fn number(private: &mut Private) {
    if private.get::<String>(KEY).is_none() {
        // A text always has a JSON form.
        let _ = private.set(KEY, &new_number());
    }
}

fn new_number() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// Whether two objects are known to be different ones.
fn differs(one: &Option<String>, other: &String) -> bool {
    one.as_ref().is_some_and(|one| one != other)
}

impl Contradiction {
    /// What to say. `what` names the object in AWS's or SQL's words.
    pub fn diagnostic(self, what: &str) -> Diagnostic {
        match self {
            Self::DestroyedAndKept => Diagnostic::error(
                "One Object Destroyed And Kept",
                format!(
                    "This plan destroys the {what} at one address and keeps it at another, and the destruction would take it \
                     away there, too. Where it only gets another address, write a `moved` block with both addresses, and \
                     no `import` block. Where two entries of the state stand for it, take one out with a `removed` block \
                     with `destroy = false`, or with `terraform state rm`."
                ),
            ),
            Self::DestroyedAndFound => Diagnostic::warning(
                "One Object Destroyed And Kept",
                format!(
                    "This plan destroys the {what} at one address, or as the deposed object of a replacement with \
                     `create_before_destroy` that came no further, and keeps it at another. The destruction takes it \
                     away there, too, and the apply after it makes it again. To avoid that, take both out of the state \
                     with `terraform state rm`, and import the one that stays."
                ),
            ),
            Self::KeptTwice => Diagnostic::warning(
                "One Object At Two Addresses",
                format!(
                    "Two addresses of this state stand for the {what}: what is changed or destroyed at one of them is so at \
                     the other. Give each object one resource: take one of the two out with a `removed` block with \
                     `destroy = false`, or with `terraform state rm`."
                ),
            ),
        }
    }
}

impl Deletion {
    /// The warning of a delete that changed nothing. `kept` is a sentence that says what stays as it is.
    pub fn kept(kept: &str) -> Diagnostic {
        Diagnostic::warning(
            "Kept For Another Resource Of This Run",
            format!(
                "{kept} Another resource of this run manages it, so it was not taken away, and only the old entry in \
                 the state is gone. Where an object only gets another address, a `moved` block with both addresses \
                 says so."
            ),
        )
    }
}

impl NotClaimed {
    /// What to say. `what` names the object in AWS's or SQL's words.
    pub fn diagnostic(self, operation: &Operation, what: &str) -> Diagnostic {
        let detail = match self {
            Self::Taken => format!(
                "Another resource of this run manages the {what} already. Nothing was changed. Give each object one \
                 resource: remove one of the two from the configuration."
            ),
            Self::Wanted => format!(
                "Another resource of this run was to create the {what}, and could not because it is there. It was not \
                 taken away either, and stays in the state at this address. Where an object only gets another address, \
                 write a `moved` block with both addresses; to make it anew, apply its destruction first, and without \
                 `create_before_destroy`."
            ),
            Self::Ended => format!(
                "Interrupted, or out of time, while another operation on the {what} was under way. Nothing was \
                 changed. Try again, or set a longer time in the resource's `timeouts` block."
            ),
        };
        operation.error(detail)
    }
}

/// The warning of a plan that creates and destroys one object at two addresses. `what` names the object,
/// `outcome` is a sentence that says what the apply will do.
pub fn created_and_destroyed(what: &str, outcome: &str) -> Diagnostic {
    Diagnostic::warning(
        "One Object Created And Destroyed",
        format!(
            "This plan creates the {what} at one address and destroys it at another, or replaces it with \
             `create_before_destroy`. {outcome} Write a `moved` block with both addresses, and nothing has to be done; \
             replace it without `create_before_destroy`."
        ),
    )
}

/// The warning of a plan that creates one object at two addresses. `what` names the object.
pub fn created_twice(what: &str) -> Diagnostic {
    Diagnostic::warning(
        "One Object Created Twice",
        format!(
            "This plan creates the {what} at two addresses. The apply will fail before the second one changes anything. \
             Give each object one resource."
        ),
    )
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
