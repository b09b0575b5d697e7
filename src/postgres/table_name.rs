//! The name of a table with its schema, as configurations write it: `schema.table`.

use std::fmt;

use super::name;

/// The name of a table: its schema and its own, exactly as the catalog has them.
///
/// In texts a part that has a dot or a quote in it stands in quotes, within which a quote is doubled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The schema.
    pub schema: String,
    /// The table.
    pub name: String,
}

impl TableName {
    /// A table of a schema.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }

    /// Reads `schema.table`.
    ///
    /// # Errors
    /// What is wrong with it, to complete a sentence that begins with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (schema, rest) = part(text)?;
        let rest = rest
            .strip_prefix('.')
            .ok_or("must be `schema.table`: it names no schema")?;
        let (name, rest) = part(rest)?;
        if !rest.is_empty() {
            return Err(
                "must be `schema.table`: a name with a dot or a quote in it stands in quotes, as in `\"a.b\".c`"
                    .to_owned(),
            );
        }
        for part in [&schema, &name] {
            name::check(part).map_err(|error| format!("must be `schema.table`: {error}"))?;
        }
        Ok(Self { schema, name })
    }
}

/// The first part of a text, and what comes after it.
fn part(text: &str) -> Result<(String, &str), String> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(['.', '"']).unwrap_or(text.len());
        let (part, rest) = text.split_at(end);
        return Ok((part.to_owned(), rest));
    };
    let mut part = String::new();
    loop {
        let end = rest
            .find('"')
            .ok_or("must be `schema.table`: a quote is not closed")?;
        part.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                part.push('"');
                rest = after;
            }
            None => return Ok((part, rest)),
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_part(f, &self.schema)?;
        f.write_str(".")?;
        write_part(f, &self.name)
    }
}

fn write_part(f: &mut fmt::Formatter<'_>, part: &str) -> fmt::Result {
    match part.contains(['.', '"']) {
        true => write!(f, "\"{}\"", part.replace('"', "\"\"")),
        false => f.write_str(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_name_is_read_and_written_back() {
        for (text, schema, name) in [
            ("public.orders", "public", "orders"),
            ("Sales.Order Items", "Sales", "Order Items"),
            ("\"a.b\".c", "a.b", "c"),
            ("a.\"b\"\"c\"", "a", "b\"c"),
            ("a.it's; DROP TABLE x;--", "a", "it's; DROP TABLE x;--"),
        ] {
            let read = TableName::parse(text).expect("a name");
            assert_eq!(read, TableName::new(schema, name), "{text}");
            assert_eq!(read.to_string(), text);
        }
        let needless = TableName::parse("\"public\".\"orders\"").expect("a name");
        assert_eq!(needless, TableName::new("public", "orders"));
    }

    #[test]
    fn table_name_of_another_form_is_refused() {
        for text in [
            "",
            "orders",
            ".orders",
            "public.",
            "a.b.c",
            "a.b WHERE (\"x\" > 1)",
            "\"a.b",
            "\"a\"b.c",
            &format!("a.{}", "x".repeat(64)),
            "a.b\0c",
        ] {
            assert!(TableName::parse(text).is_err(), "{text}");
        }
    }
}
