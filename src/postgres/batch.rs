//! SQL as values: statements, and the batches in which they are sent.

use std::{fmt, time::Duration};

/// One SQL command, without a semicolon at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement(String);

/// Statements to run one after the other. A socket sends them as one simple query, in one round trip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    statements: Vec<Statement>,
    answered_within: Option<Duration>,
}

impl Statement {
    /// The statement of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What ends a transaction and keeps what it did.
    pub(super) fn commit() -> Self {
        Self::new("COMMIT")
    }

    /// What ends a transaction and takes back what it did.
    pub(super) fn rollback() -> Self {
        Self::new("ROLLBACK")
    }

    /// What marks the point in a transaction to which [`Statement::rollback_to_savepoint`] goes back.
    /// <https://www.postgresql.org/docs/current/sql-savepoint.html>
    pub(super) fn savepoint() -> Self {
        Self::new("SAVEPOINT rdsiam")
    }

    /// What takes back what a transaction did since its savepoint, and lets it go on.
    pub(super) fn rollback_to_savepoint() -> Self {
        Self::new("ROLLBACK TO SAVEPOINT rdsiam")
    }
}

impl Batch {
    /// How many statements there are.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The statements, in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// These statements, and others after them.
    #[must_use]
    pub(super) fn then(mut self, others: impl IntoIterator<Item = Statement>) -> Self {
        self.statements.extend(others);
        self
    }

    /// The same, of which the answer may take this long, in place of what it may take otherwise.
    #[must_use]
    pub(super) fn answered_within(self, limit: Duration) -> Self {
        Self {
            answered_within: Some(limit),
            ..self
        }
    }

    /// How long its answer may take, where that was said.
    pub fn limit(&self) -> Option<Duration> {
        self.answered_within
    }
}

impl From<Statement> for Batch {
    fn from(statement: Statement) -> Self {
        Self::from_iter([statement])
    }
}

impl FromIterator<Statement> for Batch {
    fn from_iter<I: IntoIterator<Item = Statement>>(statements: I) -> Self {
        Self {
            statements: statements.into_iter().collect(),
            answered_within: None,
        }
    }
}

impl Extend<Statement> for Batch {
    fn extend<I: IntoIterator<Item = Statement>>(&mut self, statements: I) {
        self.statements.extend(statements);
    }
}

impl IntoIterator for Batch {
    type Item = Statement;
    type IntoIter = std::vec::IntoIter<Statement>;

    fn into_iter(self) -> Self::IntoIter {
        self.statements.into_iter()
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, statement) in self.statements.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{statement}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_as_text_has_semicolons_between_its_statements_only() {
        let batch = Batch::from(Statement::new("SELECT 1")).then([Statement::commit()]);
        assert_eq!(batch.to_string(), "SELECT 1; COMMIT");
        assert_eq!(batch.len(), 2);
        assert_eq!(Batch::default().to_string(), "");
    }
}
