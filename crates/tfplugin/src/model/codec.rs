//! What derived models are read and written with: serde, in which a fragment's fields stand among those of the
//! struct that has it. (`#[serde(flatten)]` goes by way of a buffer in which a field cannot be unknown.)

use std::{fmt, marker::PhantomData};

use serde::de::{IgnoredAny, Visitor};
pub use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess},
    ser::SerializeStruct,
};

/// A struct that is read field by field.
pub trait Decode: Sized {
    /// What was read so far.
    type Partial: Default;

    /// Reads the value of that name, if it is one of this struct.
    ///
    /// # Errors
    /// When the value does not fit the field.
    fn accept<'de, A: MapAccess<'de>>(
        partial: &mut Self::Partial,
        name: &str,
        map: &mut A,
    ) -> Result<bool, A::Error>;

    /// The struct, when all was read.
    ///
    /// # Errors
    /// When a field was not.
    fn finish<E: Error>(partial: Self::Partial) -> Result<Self, E>;
}

/// A struct that is written field by field.
pub trait Encode {
    /// How many fields there are, with those of fragments.
    const LENGTH: usize;

    /// Writes them.
    ///
    /// # Errors
    /// When one does not fit.
    fn write<S: SerializeStruct>(&self, out: &mut S) -> Result<(), S::Error>;
}

/// Reads a struct.
///
/// # Errors
/// When a field is missing or does not fit.
pub fn deserialize<'de, M: Decode, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    deserializer.deserialize_struct("", &[], Fields(PhantomData))
}

/// Writes a struct.
///
/// # Errors
/// When a field does not fit.
pub fn serialize<M: Encode, S: Serializer>(
    name: &'static str,
    model: &M,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut out = serializer.serialize_struct(name, M::LENGTH)?;
    model.write(&mut out)?;
    out.end()
}

/// A field that was read.
///
/// # Errors
/// When it was not.
pub fn field<T, E: Error>(read: Option<T>, name: &'static str) -> Result<T, E> {
    read.ok_or_else(|| E::missing_field(name))
}

struct Fields<M>(PhantomData<M>);

impl<'de, M: Decode> Visitor<'de> for Fields<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<M, A::Error> {
        let mut partial = M::Partial::default();
        while let Some(name) = map.next_key::<String>()? {
            if !M::accept(&mut partial, &name, &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        M::finish(partial)
    }
}
