//! What a statement answers.

/// The rows of one statement.
pub type Rows = Vec<Row>;

/// A row, its values as text; `None` for NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Option<String>>);

#[cfg(test)]
impl Row {
    /// Values with a space between them, `-` for NULL.
    pub(super) fn from_text(values: &str) -> Self {
        let value = |text: &str| (text != "-").then(|| text.to_owned());
        Self(values.split(' ').map(value).collect())
    }
}

impl Row {
    /// The value of a column, counted from 0; `None` for NULL, and where there is no such column.
    pub fn get(&self, column: usize) -> Option<&str> {
        self.0.get(column)?.as_deref()
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
