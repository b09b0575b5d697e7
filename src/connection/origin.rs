//! Where the values of a connection come from.

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The configuration.
    Configured,
    /// This variable in the environment.
    Variable(&'static str),
    /// The cluster or instance, as AWS describes it, or a secret in AWS.
    LookedUp,
    /// Nothing says another.
    Default,
}

impl Origin {
    /// The variable, where it is one.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Self::Variable(name) => Some(name),
            Self::Configured | Self::LookedUp | Self::Default => None,
        }
    }

    /// What to correct: the variable, or else the argument.
    pub fn or_argument(self, argument: &str) -> String {
        match self.variable() {
            Some(name) => name.to_owned(),
            None => format!("`{argument}`"),
        }
    }
}

/// A value, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sourced<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Sourced<T> {
    pub(super) fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// Of the cluster or instance, or of a secret.
    pub(super) fn looked_up(value: T) -> Self {
        Self::new(value, Origin::LookedUp)
    }

    /// Where nothing says another.
    pub(super) fn default(value: T) -> Self {
        Self::new(value, Origin::Default)
    }

    /// What the configuration says.
    pub(super) fn configured(value: T) -> Self {
        Self::new(value, Origin::Configured)
    }

    pub(super) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced::new(convert(self.value), self.origin)
    }
}

/// Where what a connection is made of comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origins {
    /// The endpoint's name.
    pub host: Origin,
    /// Its port.
    pub port: Origin,
    /// Where the TCP connection goes instead.
    pub connect_host: Origin,
    /// The database.
    pub database: Origin,
    /// The user.
    pub username: Origin,
    /// What the user logs in with.
    pub password: Origin,
    /// How TLS is used.
    pub sslmode: Origin,
    /// Whom to trust.
    pub sslrootcert: Origin,
}

impl Origins {
    /// Which of the values come from variables, as a sentence; `None` where none does.
    pub fn sentence(&self) -> Option<String> {
        let values = [
            ("the host", self.host),
            ("the port", self.port),
            ("the host of the TCP connection", self.connect_host),
            ("the database", self.database),
            ("the user", self.username),
            ("the password", self.password),
            ("the mode of TLS", self.sslmode),
            ("the root certificates", self.sslrootcert),
        ];
        let named: Vec<String> = values
            .into_iter()
            .filter_map(|(value, origin)| Some(format!("{value} (from {})", origin.variable()?)))
            .collect();
        match named.split_last() {
            None => None,
            Some((one, [])) => Some(format!("The environment gave {one}.")),
            Some((last, others)) => Some(format!(
                "The environment gave {} and {last}.",
                others.join(", ")
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_name_each_variable_in_one_sentence() {
        let none = Origins {
            host: Origin::LookedUp,
            port: Origin::LookedUp,
            connect_host: Origin::Configured,
            database: Origin::Default,
            username: Origin::Configured,
            password: Origin::LookedUp,
            sslmode: Origin::Default,
            sslrootcert: Origin::Default,
        };
        assert_eq!(none.sentence(), None);
        let user = Origins {
            username: Origin::Variable("PGUSER"),
            ..none
        };
        assert_eq!(
            user.sentence().as_deref(),
            Some("The environment gave the user (from PGUSER).")
        );
        let several = Origins {
            host: Origin::Variable("PGHOST"),
            password: Origin::Variable("PGPASSWORD"),
            ..user
        };
        assert_eq!(
            several.sentence().as_deref(),
            Some(
                "The environment gave the host (from PGHOST), the user (from PGUSER) and the password (from PGPASSWORD)."
            )
        );
    }
}
