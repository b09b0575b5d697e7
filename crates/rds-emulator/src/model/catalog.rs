//! The parameters of each parameter group family, with the metadata that Describe shows.

use std::{collections::HashMap, fmt, sync::LazyLock};

/// The parameter that makes replication users authenticate with IAM.
pub const IAM_AUTH_FOR_REPLICATION: &str = "rds.iam_auth_for_replication";
/// The parameter that allows logical replication at all.
pub const LOGICAL_REPLICATION: &str = "rds.logical_replication";
/// The parameter that refuses connections without TLS.
pub const FORCE_SSL: &str = "rds.force_ssl";
/// Whether only members of `rds_password` may set passwords.
pub const RESTRICT_PASSWORD_COMMANDS: &str = "rds.restrict_password_commands";

/// The majors that have a family. 10 is there because it lacks [`IAM_AUTH_FOR_REPLICATION`].
const MAJORS: std::ops::RangeInclusive<u16> = 10..=18;

static CATALOG: LazyLock<Vec<ParameterDefinition>> =
    LazyLock::new(|| parse(include_str!("parameters.tsv")));

/// The same by name. Each call of the API asks for some parameters of every publisher.
static BY_NAME: LazyLock<HashMap<&str, Vec<&ParameterDefinition>>> = LazyLock::new(|| {
    let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
    for parameter in CATALOG.iter() {
        by_name.entry(parameter.name).or_default().push(parameter);
    }
    by_name
});

/// What runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// Aurora PostgreSQL.
    AuroraPostgresql,
    /// RDS for PostgreSQL.
    Postgres,
}

/// A family of parameter groups, such as `aurora-postgresql17`. Both engines have the same
/// parameters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Family {
    engine: Engine,
    major: u16,
}

/// When a changed value takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyType {
    /// After a reboot of each instance.
    Static,
    /// At once, unless the group is newly attached.
    Dynamic,
}

/// How a value was asked to be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyMethod {
    /// At once; for dynamic parameters only.
    Immediate,
    /// After a reboot of each instance.
    PendingReboot,
}

/// What is known of a parameter before anybody has set it.
#[derive(Debug)]
pub struct ParameterDefinition {
    /// `ParameterName`, in lower case.
    pub name: &'static str,
    /// First major version that has it.
    first: u16,
    /// Last major version that has it.
    last: u16,
    /// `DataType`: boolean, integer, float, string or list.
    pub data_type: &'static str,
    /// `ApplyType`.
    pub apply_type: ApplyType,
    /// `IsModifiable`.
    pub is_modifiable: bool,
    /// `AllowedValues`: a range or a list; `None` where anything goes.
    pub allowed_values: Option<&'static str>,
    /// The value shown while nobody has set one; `None` where the engine's own default rules.
    pub default_value: Option<&'static str>,
    /// `Description`.
    pub description: &'static str,
}

impl Engine {
    /// All engines.
    pub const ALL: [Self; 2] = [Self::AuroraPostgresql, Self::Postgres];

    /// As the API writes it; family names start with it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuroraPostgresql => "aurora-postgresql",
            Self::Postgres => "postgres",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Family {
    /// The family of a major version; `None` where the engine has none.
    pub fn of(engine: Engine, major: u16) -> Option<Self> {
        MAJORS.contains(&major).then_some(Self { engine, major })
    }

    /// The family of the given name; `None` where there is none.
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|family| family.to_string() == name)
    }

    /// All families, by engine, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        Engine::ALL
            .into_iter()
            .flat_map(|engine| MAJORS.map(move |major| Self { engine, major }))
    }

    /// The engine.
    pub fn engine(self) -> Engine {
        self.engine
    }

    /// The major version of PostgreSQL.
    pub fn major(self) -> u16 {
        self.major
    }

    /// The family's parameters, by name.
    pub fn parameters(self) -> impl Iterator<Item = &'static ParameterDefinition> {
        CATALOG
            .iter()
            .filter(move |parameter| parameter.is_in(self))
    }

    /// A parameter by its name, in any case.
    pub fn parameter(self, name: &str) -> Option<&'static ParameterDefinition> {
        let mut definitions = BY_NAME.get(name.to_ascii_lowercase().as_str())?.iter();
        definitions.find(|parameter| parameter.is_in(self)).copied()
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.engine, self.major)
    }
}

impl ApplyType {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Dynamic => "dynamic",
        }
    }
}

impl ApplyMethod {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::PendingReboot => "pending-reboot",
        }
    }

    /// From how the API writes it.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "immediate" => Some(Self::Immediate),
            "pending-reboot" => Some(Self::PendingReboot),
            _ => None,
        }
    }
}

impl ParameterDefinition {
    /// Whether RDS would take this value.
    pub fn allows(&self, value: &str) -> bool {
        let Some(allowed) = self.allowed_values else {
            return true;
        };
        match self.data_type {
            // RDS computes formulas such as {DBInstanceClassMemory/32768} itself.
            "integer" | "float" if value.contains('{') => true,
            "integer" | "float" => {
                let within = value.parse::<f64>().ok().zip(range(allowed));
                within.is_some_and(|(value, (low, high))| (low..=high).contains(&value))
                    && (self.data_type == "float" || value.parse::<i64>().is_ok())
            }
            "list" | "string" => value.split(',').all(|part| {
                allowed
                    .split(',')
                    .any(|one| one.eq_ignore_ascii_case(part.trim()))
            }),
            _ => allowed.split(',').any(|one| one == value),
        }
    }

    fn is_in(&self, family: Family) -> bool {
        (self.first..=self.last).contains(&family.major)
    }
}

/// The bounds of a range such as `-1-100`.
fn range(allowed: &str) -> Option<(f64, f64)> {
    // The first character may be the sign of the lower bound.
    let dash = allowed.get(1..)?.find('-')? + 1;
    Some((
        allowed[..dash].parse().ok()?,
        allowed[dash + 1..].parse().ok()?,
    ))
}

fn parse(table: &'static str) -> Vec<ParameterDefinition> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(definition)
        .collect()
}

fn definition(line: &'static str) -> Option<ParameterDefinition> {
    let fields: Vec<&'static str> = line.split('\t').collect();
    let &[
        name,
        first,
        last,
        data_type,
        apply_type,
        modifiable,
        allowed,
        value,
        description,
    ] = fields.as_slice()
    else {
        return None;
    };
    let unless_dash = |text: &'static str| (text != "-").then_some(text);
    Some(ParameterDefinition {
        name,
        first: first.parse().ok()?,
        last: last.parse().ok()?,
        data_type,
        apply_type: match apply_type {
            "static" => ApplyType::Static,
            "dynamic" => ApplyType::Dynamic,
            _ => return None,
        },
        is_modifiable: modifiable.parse().ok()?,
        allowed_values: unless_dash(allowed),
        default_value: unless_dash(value),
        description,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn catalog_every_line_of_the_table_is_read() {
        let lines = include_str!("parameters.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'));
        assert_eq!(CATALOG.len(), lines.count());
    }

    #[test]
    fn catalog_names_are_unique_and_sorted_in_every_family() {
        for family in Family::all() {
            let names: Vec<_> = family
                .parameters()
                .map(|parameter| parameter.name)
                .collect();
            let set: BTreeSet<_> = names.iter().copied().collect();
            assert_eq!(names, set.into_iter().collect::<Vec<_>>(), "{family}");
            assert!(names.len() > 250, "{family} has {}", names.len());
        }
    }

    #[test]
    fn catalog_iam_auth_for_replication_is_in_families_from_11_on() {
        for family in Family::all() {
            let found = family.parameter(IAM_AUTH_FOR_REPLICATION);
            assert_eq!(found.is_some(), family.major() >= 11, "{family}");
            if let Some(parameter) = found {
                assert_eq!(parameter.data_type, "boolean");
                assert_eq!(parameter.allowed_values, Some("0,1"));
                assert_eq!(parameter.apply_type, ApplyType::Dynamic);
                assert!(parameter.is_modifiable);
            }
        }
    }

    #[test]
    fn catalog_own_defaults_are_allowed_values() {
        for parameter in CATALOG.iter().filter(|parameter| parameter.is_modifiable) {
            if let Some(value) = parameter.default_value {
                let formula = value.contains('{');
                assert!(
                    formula || parameter.allows(value),
                    "{}: {value}",
                    parameter.name
                );
            }
        }
    }

    #[test]
    fn parameter_allows_only_what_its_allowed_values_say() {
        let family = Family::of(Engine::Postgres, 17).expect("there is a family of 17");
        let allows = |name: &str, value: &str| {
            family
                .parameter(name)
                .expect("the parameter is in the family")
                .allows(value)
        };
        assert!(allows("rds.logical_replication", "1"));
        assert!(!allows("rds.logical_replication", "on"));
        assert!(allows("max_connections", "500"));
        assert!(allows(
            "max_connections",
            "LEAST({DBInstanceClassMemory/9531392},5000)"
        ));
        assert!(!allows("max_connections", "5"));
        assert!(!allows("max_connections", "7.5"));
        assert!(allows("log_temp_files", "-1"));
        assert!(!allows("log_temp_files", "-2"));
        assert!(allows("pgaudit.log", "ddl,role"));
        assert!(!allows("pgaudit.log", "ddl,nonsense"));
    }

    #[test]
    fn family_names_are_read_exactly() {
        assert_eq!(
            Family::find("aurora-postgresql17").map(Family::major),
            Some(17)
        );
        assert_eq!(Family::find("postgres17"), Family::of(Engine::Postgres, 17));
        for unknown in ["aurora-postgresql017", "postgres9", "postgres", "mysql8"] {
            assert_eq!(Family::find(unknown), None);
        }
    }
}
