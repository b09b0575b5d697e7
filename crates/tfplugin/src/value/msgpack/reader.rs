//! Reads msgpack item by item. Nothing is allocated by what an item claims, only by what is there.

use rmp::Marker;

use super::super::{Error, Number};

/// One item. Arrays and maps are followed by their elements.
#[derive(Clone, Debug)]
pub(super) enum Item<'a> {
    Nil,
    Bool(bool),
    Number(Number),
    /// A string, of which nobody has looked yet whether it is UTF-8.
    String(&'a [u8]),
    Binary(&'a [u8]),
    /// The number of elements that are claimed to follow.
    Array(usize),
    /// The number of pairs that are claimed to follow.
    Map(usize),
    Extension(i8, &'a [u8]),
}

/// What is left to read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn item(&mut self) -> Result<Item<'a>, Error> {
        let marker = Marker::from_u8(self.uint(1)? as u8);
        Ok(match marker {
            Marker::Null => Item::Nil,
            Marker::False => Item::Bool(false),
            Marker::True => Item::Bool(true),
            Marker::FixPos(number) => Item::Number(number.into()),
            Marker::FixNeg(number) => Item::Number(number.into()),
            Marker::U8 => Item::Number(self.uint(1)?.into()),
            Marker::U16 => Item::Number(self.uint(2)?.into()),
            Marker::U32 => Item::Number(self.uint(4)?.into()),
            Marker::U64 => Item::Number(self.uint(8)?.into()),
            Marker::I8 => Item::Number((self.uint(1)? as i8).into()),
            Marker::I16 => Item::Number((self.uint(2)? as i16).into()),
            Marker::I32 => Item::Number((self.uint(4)? as i32).into()),
            Marker::I64 => Item::Number((self.uint(8)? as i64).into()),
            Marker::F32 => Self::float(f32::from_bits(self.uint(4)? as u32).into())?,
            Marker::F64 => Self::float(f64::from_bits(self.uint(8)?))?,
            Marker::FixStr(length) => Item::String(self.take(length.into())?),
            Marker::Str8 => Item::String(self.sized(1)?),
            Marker::Str16 => Item::String(self.sized(2)?),
            Marker::Str32 => Item::String(self.sized(4)?),
            Marker::Bin8 => Item::Binary(self.sized(1)?),
            Marker::Bin16 => Item::Binary(self.sized(2)?),
            Marker::Bin32 => Item::Binary(self.sized(4)?),
            Marker::FixArray(length) => Item::Array(length.into()),
            Marker::Array16 => Item::Array(self.length(2)?),
            Marker::Array32 => Item::Array(self.length(4)?),
            Marker::FixMap(length) => Item::Map(length.into()),
            Marker::Map16 => Item::Map(self.length(2)?),
            Marker::Map32 => Item::Map(self.length(4)?),
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => {
                let length = self.length(1)?;
                self.extension(length)?
            }
            Marker::Ext16 => {
                let length = self.length(2)?;
                self.extension(length)?
            }
            Marker::Ext32 => {
                let length = self.length(4)?;
                self.extension(length)?
            }
            Marker::Reserved => return Err(Error::new("is not msgpack: a reserved marker")),
        })
    }

    /// The text of a string item.
    pub(super) fn text(bytes: &[u8]) -> Result<&str, Error> {
        std::str::from_utf8(bytes).map_err(|_| Error::new("has text that is not UTF-8"))
    }

    /// A claimed number of elements, as far as it is possible at all: each takes a byte at least.
    pub(super) fn capacity(&self, claimed: usize) -> usize {
        claimed.min(self.0.len()).min(1024)
    }

    fn float(number: f64) -> Result<Item<'a>, Error> {
        Number::from_f64(number)
            .map(Item::Number)
            .ok_or_else(|| Error::new("is not a number"))
    }

    fn extension(&mut self, length: usize) -> Result<Item<'a>, Error> {
        let kind = self.uint(1)? as i8;
        Ok(Item::Extension(kind, self.take(length)?))
    }

    fn sized(&mut self, width: usize) -> Result<&'a [u8], Error> {
        let length = self.length(width)?;
        self.take(length)
    }

    fn length(&mut self, width: usize) -> Result<usize, Error> {
        usize::try_from(self.uint(width)?).map_err(|_| Error::new("is longer than memory"))
    }

    /// A big-endian integer of so many bytes.
    fn uint(&mut self, width: usize) -> Result<u64, Error> {
        Ok(self
            .take(width)?
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or_else(|| Error::new("ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }
}
