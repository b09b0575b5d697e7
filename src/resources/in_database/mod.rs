//! What resources have in common that are in a database: where it is, that it is the same one as before, and that no
//! other resource of the run stands for the same object.

pub(super) mod another;
pub(super) mod claimed;
pub(super) mod identity;
pub(super) mod open;
pub(super) mod target;

use tfplugin::Field;

use crate::connection::{Database, DatabaseArguments, DatabaseRef};

use self::target::Target;

/// The model of a resource that is in a database.
pub(super) trait InDatabase: Clone {
    /// What the resource is called in titles, such as `Replication User`.
    const TITLE: &'static str;
    /// What it is called in sentences, such as `user`.
    const NOUN: &'static str;
    /// What it is to PostgreSQL, such as `role`.
    const OBJECT: &'static str;
    /// The form of its ids, such as `TARGET/NAME`.
    const ID: &'static str;
    /// What comes after the first slash of an id, in words.
    const AFTER_TARGET: &'static str;
    /// The argument that has the name of the object.
    const ARGUMENT: &'static str = "name";

    /// The name of the object.
    fn name(&self) -> &Field<String>;

    /// The same, to be written.
    fn name_mut(&mut self) -> &mut Field<String>;

    /// The arguments that name the cluster or instance.
    fn arguments(&self) -> &DatabaseArguments;

    /// The same, to be written.
    fn arguments_mut(&mut self) -> &mut DatabaseArguments;

    /// The id.
    fn id(&self) -> &Field<String>;

    /// What an apply makes of a plan that creates the object at one address and destroys it at another, as a
    /// sentence.
    fn outcome_of_both(&self) -> &'static str;

    /// The database that is named.
    fn database_ref(&self) -> DatabaseRef {
        self.arguments().database_ref()
    }

    /// Whether another object is named in the same cluster or instance, as far as that is known.
    fn names_another(&self, prior: &Self) -> bool {
        !self.name().is_unknown() && self.name() != prior.name()
    }

    /// What stands for the object below its target: in ids, and where objects are told apart. `None` while a part of
    /// it is not known.
    fn path(&self) -> Option<String> {
        self.name().known().cloned()
    }

    /// The id of the object in a database.
    fn id_in(&self, database: &Database) -> String {
        format!(
            "{}/{}",
            Target::new(database),
            self.path().unwrap_or_default()
        )
    }

    /// The id that imports it, which says its Region where the configuration does.
    fn id_to_import(&self, database: &Database) -> String {
        match self.arguments().region.known() {
            Some(region) => format!(
                "{}@{region}/{}",
                Target::new(database),
                self.path().unwrap_or_default()
            ),
            None => self.id_in(database),
        }
    }
}
