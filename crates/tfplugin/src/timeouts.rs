//! The `timeouts` block: how long operations may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    field::Field,
    model::AttributeValue,
    schema::{Attribute, AttributeType, Block, Nesting, Validator},
    value::Value,
};

/// An operation that can have a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Creating the object.
    Create,
    /// Reading it.
    Read,
    /// Changing it in place.
    Update,
    /// Deleting it.
    Delete,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// The typed form of the block: durations such as `30m` or `1h30m`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timeouts {
    /// For creating.
    pub create: Field<String>,
    /// For reading.
    pub read: Field<String>,
    /// For changing in place.
    pub update: Field<String>,
    /// For deleting.
    pub delete: Field<String>,
}

impl AttributeValue for Timeouts {
    /// As with a timeout for each operation, of which a block may offer only some.
    fn attribute_type() -> AttributeType {
        let names = ["create", "read", "update", "delete"];
        let attribute = |name| Attribute::string(name).optional();
        AttributeType::Nested(Nesting::Single, names.map(attribute).into())
    }

    fn is_wholly_known(&self) -> bool {
        let Self {
            create,
            read,
            update,
            delete,
        } = self;
        [create, read, update, delete]
            .into_iter()
            .all(AttributeValue::is_wholly_known)
    }
}

impl Timeouts {
    /// For creating; `default` when it is not set.
    pub fn create(&self, default: Duration) -> Duration {
        or(&self.create, default)
    }

    /// For reading; `default` when it is not set.
    pub fn read(&self, default: Duration) -> Duration {
        or(&self.read, default)
    }

    /// For changing in place; `default` when it is not set.
    pub fn update(&self, default: Duration) -> Duration {
        or(&self.update, default)
    }

    /// For deleting; `default` when it is not set.
    pub fn delete(&self, default: Duration) -> Duration {
        or(&self.delete, default)
    }
}

/// The timeouts of a model; without the block, nothing is set and the defaults hold.
pub fn of(timeouts: &Field<Timeouts>) -> Timeouts {
    timeouts.or_default()
}

/// The schema of the `timeouts` block, with each operation's default for its description.
pub fn block(operations: impl IntoIterator<Item = (Operation, Duration)>) -> Block {
    operations.into_iter().fold(
        Block::single("timeouts").description("How long operations may take."),
        |block, (operation, default)| {
            let name = operation.name();
            block.attribute(
                Attribute::string(name)
                    .optional()
                    .validate(Validator::custom(check))
                    .description(format!(
                        "How long {name} may take, such as `30m` or `1h30m`. Defaults to `{}`.",
                        written(default)
                    )),
            )
        },
    )
}

/// Reads a duration such as `90s`, `30m` or `1h30m`; `None` when it is none, or not positive.
pub fn parse(text: &str) -> Option<Duration> {
    let duration: jiff::SignedDuration = text.parse().ok()?;
    Duration::try_from(duration)
        .ok()
        .filter(|duration| !duration.is_zero())
}

fn check(value: &Value) -> Result<(), String> {
    match value.as_str().and_then(parse) {
        Some(_) => Ok(()),
        None => Err("must be a duration longer than zero, such as \"30m\" or \"1h30m\"".to_owned()),
    }
}

fn or(timeout: &Field<String>, default: Duration) -> Duration {
    timeout
        .known()
        .and_then(|text| parse(text))
        .unwrap_or(default)
}

/// The duration as a practitioner writes it.
fn written(duration: Duration) -> String {
    let seconds = duration.as_secs();
    [
        (seconds / 3600, 'h'),
        (seconds / 60 % 60, 'm'),
        (seconds % 60, 's'),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, unit)| format!("{count}{unit}"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeout_written_as_terraform_does_is_read() {
        for (text, seconds) in [
            ("90s", 90),
            ("30m", 1800),
            ("1h30m", 5400),
            ("1h 30m", 5400),
        ] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn timeout_that_is_no_positive_duration_is_refused() {
        for text in ["", "30", "0s", "-5m", "soon", "1y"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn timeout_not_set_takes_the_default() {
        let timeouts = Timeouts {
            create: "2m".into(),
            ..Timeouts::default()
        };
        assert_eq!(
            timeouts.create(Duration::from_secs(1)),
            Duration::from_secs(120)
        );
        assert_eq!(
            timeouts.delete(Duration::from_secs(1)),
            Duration::from_secs(1)
        );
    }

    #[test]
    fn default_in_the_description_is_written_as_a_duration() {
        assert_eq!(written(Duration::from_secs(5400)), "1h30m");
        assert_eq!(written(Duration::from_secs(45)), "45s");
    }
}
