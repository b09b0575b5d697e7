//! Reads a value of a type.

use std::collections::BTreeMap;

use super::{
    super::{Error, Number, Refinements, Type, Value, order},
    MAX_DEPTH, REFINED,
    reader::{Item, Reader},
};

/// Reads a value of the given type, which must be all that there is.
pub(in crate::value) fn decode(bytes: &[u8], r#type: &Type) -> Result<Value, Error> {
    let mut reader = Reader(bytes);
    let value = read(&mut reader, r#type, MAX_DEPTH)?;
    if reader.0.is_empty() {
        Ok(value)
    } else {
        Err(Error::new("is followed by more bytes"))
    }
}

fn read(reader: &mut Reader<'_>, r#type: &Type, depth: usize) -> Result<Value, Error> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| Error::new("nests too deep"))?;
    let item = match reader.item()? {
        Item::Nil => return Ok(Value::Null),
        Item::Extension(kind, payload) => return Ok(unknown(kind, payload)),
        item => item,
    };
    match (r#type, item) {
        (Type::Bool, Item::Bool(truth)) => Ok(Value::Bool(truth)),
        (Type::String, Item::String(bytes) | Item::Binary(bytes)) => {
            Reader::text(bytes).map(Value::from)
        }
        (Type::Number, Item::Number(number)) => Ok(Value::Number(number)),
        (Type::Number, Item::String(bytes)) => Reader::text(bytes)
            .ok()
            .and_then(Number::parse)
            .map(Value::Number)
            .ok_or_else(|| Error::new("is text that is no number")),
        (Type::List(element), Item::Array(count)) => {
            elements(reader, element, count, depth).map(Value::List)
        }
        (Type::Set(element), Item::Array(count)) => {
            let elements = elements(reader, element, count, depth).map_err(Error::in_set)?;
            Ok(Value::Set(order::set(elements)))
        }
        (Type::Map(element), Item::Map(count)) => {
            let mut entries = BTreeMap::new();
            for _ in 0..count {
                let key = key(reader)?;
                let value = read(reader, element, depth).map_err(|error| error.in_key(&key))?;
                entries.insert(key, value);
            }
            Ok(Value::Map(entries))
        }
        (Type::Object(attributes), Item::Map(count)) => object(reader, attributes, count, depth),
        (Type::Tuple(types), Item::Array(count)) if types.len() == count => types
            .iter()
            .enumerate()
            .map(|(index, r#type)| {
                read(reader, r#type, depth).map_err(|error| error.in_index(index))
            })
            .collect::<Result<_, _>>()
            .map(Value::Tuple),
        (Type::Dynamic, Item::Array(2)) => dynamic(reader, depth),
        (r#type, _) => Err(Error::new(format!("is not of type {type}"))),
    }
}

fn elements(
    reader: &mut Reader<'_>,
    r#type: &Type,
    count: usize,
    depth: usize,
) -> Result<Vec<Value>, Error> {
    let mut elements = Vec::with_capacity(reader.capacity(count));
    for index in 0..count {
        elements.push(read(reader, r#type, depth).map_err(|error| error.in_index(index))?);
    }
    Ok(elements)
}

fn object(
    reader: &mut Reader<'_>,
    types: &BTreeMap<String, Type>,
    count: usize,
    depth: usize,
) -> Result<Value, Error> {
    let mut attributes = BTreeMap::new();
    for _ in 0..count {
        let name = key(reader)?;
        let Some(r#type) = types.get(&name) else {
            return Err(Error::new(format!("has an unexpected attribute {name:?}")));
        };
        let value = read(reader, r#type, depth).map_err(|error| error.in_attribute(&name))?;
        if attributes.insert(name.clone(), value).is_some() {
            return Err(Error::new(format!("has the attribute {name:?} twice")));
        }
    }
    match types.keys().find(|name| !attributes.contains_key(*name)) {
        Some(missing) => Err(Error::new(format!("has no attribute {missing:?}"))),
        None => Ok(Value::Object(attributes)),
    }
}

fn key(reader: &mut Reader<'_>) -> Result<String, Error> {
    match reader.item()? {
        Item::String(bytes) | Item::Binary(bytes) => Reader::text(bytes).map(str::to_owned),
        _ => Err(Error::new("has a key that is no string")),
    }
}

fn dynamic(reader: &mut Reader<'_>, depth: usize) -> Result<Value, Error> {
    let signature = match reader.item()? {
        Item::String(bytes) | Item::Binary(bytes) => bytes,
        _ => return Err(Error::new("does not say which type it has")),
    };
    let r#type = Type::from_signature(signature)?;
    let value = read(reader, &r#type, depth)?;
    Ok(match r#type {
        // Not even the type is known, so there is nothing to keep.
        Type::Dynamic => value,
        r#type => Value::Dynamic {
            r#type,
            value: Box::new(value),
        },
    })
}

/// Every extension is an unknown value; refinements that cannot be read promise nothing.
fn unknown(kind: i8, payload: &[u8]) -> Value {
    let refinements = (kind == REFINED)
        .then(|| refinements(&mut Reader(payload)).ok())
        .flatten();
    Value::Unknown(refinements.map(Box::new))
}

fn refinements(reader: &mut Reader<'_>) -> Result<Refinements, Error> {
    let malformed = || Error::new("has refinements that cannot be read");
    let Item::Map(count) = reader.item()? else {
        return Err(malformed());
    };
    let mut refinements = Refinements::default();
    for _ in 0..count {
        let Item::Number(key) = reader.item()? else {
            return Err(malformed());
        };
        let item = reader.item()?;
        match (key.as_i64(), item) {
            (Some(1), Item::Bool(is_null)) => refinements.is_null = Some(is_null),
            (Some(2), Item::String(prefix)) => {
                refinements.prefix = Some(Reader::text(prefix)?.to_owned());
            }
            (Some(3), Item::Array(2)) => refinements.lowest = Some(bound(reader)?),
            (Some(4), Item::Array(2)) => refinements.highest = Some(bound(reader)?),
            (Some(5), Item::Number(length)) => refinements.min_length = length.as_i64(),
            (Some(6), Item::Number(length)) => refinements.max_length = length.as_i64(),
            (_, item) => skip_elements(reader, &item)?,
        }
    }
    Ok(refinements)
}

fn bound(reader: &mut Reader<'_>) -> Result<(Number, bool), Error> {
    let malformed = || Error::new("has a bound that cannot be read");
    let number = match reader.item()? {
        Item::Number(number) => number,
        Item::String(bytes) => Number::parse(Reader::text(bytes)?).ok_or_else(malformed)?,
        _ => return Err(malformed()),
    };
    match reader.item()? {
        Item::Bool(inclusive) => Ok((number, inclusive)),
        _ => Err(malformed()),
    }
}

/// Skips what follows an item that nobody understands.
fn skip_elements(reader: &mut Reader<'_>, item: &Item<'_>) -> Result<(), Error> {
    let count = |item: &Item<'_>| match item {
        Item::Array(count) => *count,
        Item::Map(count) => count.saturating_mul(2),
        _ => 0,
    };
    let mut left = count(item);
    while left > 0 {
        let item = reader.item()?;
        left = (left - 1).saturating_add(count(&item));
    }
    Ok(())
}
