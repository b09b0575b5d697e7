//! Reads as much of the pgoutput protocol as it takes to see rows come, change and go.
//!
//! <https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html>

use std::collections::HashMap;

use bytes::Buf;

use super::Row;

/// A change of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The table, as `schema.table`.
    pub table: String,
    /// What happened to the row.
    pub operation: Operation,
    /// The columns of the row as text, after the change. Of one that is deleted those of the replica identity.
    pub row: Row,
}

/// What happens to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
}

/// Makes sense of the messages of one stream, which names a table before its first change.
#[derive(Debug, Default)]
pub struct Decoder {
    tables: HashMap<u32, String>,
    in_transaction: bool,
    committed: u64,
}

impl Decoder {
    /// Where the last transaction ends that came as a whole, as a position in the WAL; 0 before the first one.
    pub fn committed(&self) -> u64 {
        self.committed
    }

    /// Whether a transaction has begun whose end has not come yet.
    pub fn is_in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// The change that a message brings; `None` for other messages.
    pub fn change(&mut self, message: &[u8]) -> Option<Change> {
        let mut rest = message;
        let operation = match rest.try_get_u8().ok()? {
            b'B' => {
                self.in_transaction = true;
                return None;
            }
            b'C' => {
                self.in_transaction = false;
                let (_flags, _commit) = (rest.try_get_u8().ok()?, rest.try_get_u64().ok()?);
                self.committed = rest.try_get_u64().ok()?;
                return None;
            }
            b'R' => {
                let id = rest.try_get_u32().ok()?;
                let (schema, table) = (text(&mut rest)?, text(&mut rest)?);
                self.tables.insert(id, format!("{schema}.{table}"));
                return None;
            }
            b'I' => Operation::Insert,
            b'U' => Operation::Update,
            b'D' => Operation::Delete,
            _ => return None,
        };
        let table = self.tables.get(&rest.try_get_u32().ok()?)?.clone();
        let kind = rest.try_get_u8().ok()?;
        let mut row = tuple(&mut rest)?;
        // The key or the row from before an update comes first, where it matters.
        if operation == Operation::Update && kind != b'N' {
            let _new = rest.try_get_u8().ok()?;
            row = tuple(&mut rest)?;
        }
        Some(Change {
            table,
            operation,
            row,
        })
    }
}

/// A text that ends with a zero.
fn text(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|byte| *byte == 0)?;
    let text = String::from_utf8_lossy(&rest[..end]).into_owned();
    rest.advance(end + 1);
    Some(text)
}

/// The columns of a row.
fn tuple(rest: &mut &[u8]) -> Option<Row> {
    let columns = rest.try_get_u16().ok()?;
    let mut row = Row::with_capacity(columns.into());
    for _ in 0..columns {
        row.push(match rest.try_get_u8().ok()? {
            b't' => {
                let length = usize::try_from(rest.try_get_u32().ok()?).ok()?;
                let (text, after) = rest.split_at_checked(length)?;
                *rest = after;
                Some(String::from_utf8_lossy(text).into_owned())
            }
            _ => None,
        });
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELATION: &[u8] =
        b"R\0\0\x40\x01public\0orders\0d\0\x01\x01id\0\0\0\0\x14\xff\xff\xff\xff";

    fn row(columns: &[Option<&str>]) -> Row {
        columns.iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn decoder_has_the_rows_of_changes_with_their_table_and_nothing_for_other_messages() {
        let mut decoder = Decoder::default();
        let insert = b"I\0\0\x40\x01N\0\x03t\0\0\0\x0242nt\0\0\0\x01x";
        assert_eq!(decoder.change(insert), None, "the table is not known yet");
        assert_eq!(decoder.change(RELATION), None);
        let inserted = decoder.change(insert).expect("a change");
        assert_eq!(inserted.table, "public.orders");
        assert_eq!(inserted.operation, Operation::Insert);
        assert_eq!(inserted.row, row(&[Some("42"), None, Some("x")]));
        assert_eq!(decoder.change(&insert[..14]), None);
        assert_eq!(decoder.change(b"B"), None);
    }

    #[test]
    fn decoder_has_the_new_row_of_an_update_and_the_key_of_a_delete() {
        let mut decoder = Decoder::default();
        decoder.change(RELATION);
        for update in [
            &b"U\0\0\x40\x01N\0\x01t\0\0\0\x012"[..],
            &b"U\0\0\x40\x01K\0\x01t\0\0\0\x011N\0\x01t\0\0\0\x012"[..],
        ] {
            let updated = decoder.change(update).expect("a change");
            assert_eq!(updated.operation, Operation::Update);
            assert_eq!(updated.row, row(&[Some("2")]));
        }
        let delete = b"D\0\0\x40\x01K\0\x02t\0\0\0\x012n";
        let deleted = decoder.change(delete).expect("a change");
        assert_eq!(deleted.operation, Operation::Delete);
        assert_eq!(deleted.row, row(&[Some("2"), None]));
    }

    #[test]
    fn decoder_knows_where_the_last_transaction_ends() {
        let mut decoder = Decoder::default();
        let mut commit = vec![b'C', 0];
        for number in [16_u64, 24, 0] {
            commit.extend(number.to_be_bytes());
        }
        assert_eq!(decoder.change(b"B"), None);
        assert!(decoder.is_in_transaction());
        assert_eq!(decoder.change(&commit), None);
        assert!(!decoder.is_in_transaction());
        assert_eq!(decoder.committed(), 24);
    }
}
