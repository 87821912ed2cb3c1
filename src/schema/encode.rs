//! An arena as bytes and back: varints, every string once, deflated.

use rustc_hash::FxHashMap;

use super::arena::*;
use crate::value::{Map, Str, Value};

/// Changes whenever the layout does.
const MAGIC: &[u8] = b"tiphys-schemas-1\n";

/// The bundle does not hold what [`encode`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

/// The bytes of `arena`; equal arenas give equal bytes.
pub fn encode(arena: &Arena) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.list(&arena.nodes, Writer::node);
    writer.list(&arena.entries, Writer::entry);
    writer.option(&arena.meta, |writer, id| writer.number(u64::from(id.0)));
    writer.list(&arena.sources, |writer, text| writer.string(text));
    let mut raw = Writer::default();
    raw.number(writer.strings.len() as u64);
    for text in &writer.strings {
        raw.number(text.len() as u64);
        raw.bytes.extend_from_slice(text.as_bytes());
    }
    raw.bytes.extend_from_slice(&writer.bytes);
    let mut bytes = MAGIC.to_vec();
    bytes.extend(miniz_oxide::deflate::compress_to_vec(&raw.bytes, 10));
    bytes
}

/// The arena that [`encode`] wrote.
pub fn decode(bytes: &[u8]) -> Result<Arena, Damaged> {
    let packed = bytes.strip_prefix(MAGIC).ok_or(Damaged)?;
    let raw = miniz_oxide::inflate::decompress_to_vec(packed).map_err(|_| Damaged)?;
    let mut reader = Reader {
        rest: &raw,
        strings: Vec::new(),
    };
    reader.strings = reader.list(|reader| {
        let length = reader.size()?;
        let text = reader.take(length)?;
        Ok(Str::from(std::str::from_utf8(text).map_err(|_| Damaged)?))
    })?;
    let arena = Arena {
        nodes: reader.list(Reader::node)?,
        entries: reader.list(Reader::entry)?,
        meta: reader.option(Reader::id)?,
        sources: reader.list(Reader::string)?,
    };
    arena.sound().then_some(arena).ok_or(Damaged)
}

/// A node's bytes with its strings spelled out: equal nodes have equal keys.
pub fn node_key(node: &Node) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.node(node);
    let mut key = writer.bytes;
    for text in &writer.strings {
        key.push(0);
        key.extend_from_slice(text.as_bytes());
    }
    key
}

impl Arena {
    /// Every id names a node.
    fn sound(&self) -> bool {
        let known = |id: &NodeId| (id.0 as usize) < self.nodes.len();
        self.nodes
            .iter()
            .all(|node| node.children().all(|id| known(&id)))
            && self.entries.iter().all(|entry| known(&entry.root))
            && self.meta.iter().all(known)
    }
}

impl Node {
    /// Every node that this one refers to.
    pub fn children(&self) -> impl Iterator<Item = NodeId> {
        let combined = self.constraints.iter().flat_map(|constraints| {
            let lists = [
                &constraints.all_of,
                &constraints.any_of,
                &constraints.one_of,
            ];
            lists.into_iter().flatten().copied().chain(constraints.not)
        });
        let fields = self.fields.iter().map(|field| field.node);
        fields.chain(self.element).chain(combined)
    }
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    strings: Vec<Str>,
    index: FxHashMap<Str, u64>,
}

impl Writer {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    fn float(&mut self, number: f64) {
        self.bytes
            .extend_from_slice(&number.to_bits().to_le_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.bytes.push(u8::from(flag));
    }

    fn string(&mut self, text: &Str) {
        let next = self.strings.len() as u64;
        let at = *self.index.entry(text.clone()).or_insert(next);
        if at == next {
            self.strings.push(text.clone());
        }
        self.number(at);
    }

    fn list<T>(&mut self, list: &[T], write: impl Fn(&mut Writer, &T)) {
        self.number(list.len() as u64);
        for item in list {
            write(self, item);
        }
    }

    fn option<T>(&mut self, option: &Option<T>, write: impl Fn(&mut Writer, &T)) {
        self.flag(option.is_some());
        if let Some(value) = option {
            write(self, value);
        }
    }

    fn id(&mut self, id: &NodeId) {
        self.number(u64::from(id.0));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.bytes.push(0),
            Value::Bool(flag) => self.bytes.push(1 + u8::from(*flag)),
            Value::Int(number) => {
                self.bytes.push(3);
                self.number(((number << 1) ^ (number >> 63)) as u64);
            }
            Value::Float(number) => {
                self.bytes.push(4);
                self.float(*number);
            }
            Value::Str(text) => {
                self.bytes.push(5);
                self.string(text);
            }
            Value::List(list) => {
                self.bytes.push(6);
                self.list(list, Writer::value);
            }
            Value::Map(map) => {
                self.bytes.push(7);
                self.list(map.entries(), |writer, (key, value)| {
                    writer.string(key);
                    writer.value(value);
                });
            }
        }
    }

    fn node(&mut self, node: &Node) {
        self.bytes.push(node.shape as u8);
        self.bytes.push(node.format as u8);
        let flags = [
            node.nullable,
            node.preserves_unknown,
            node.embedded,
            node.guarded,
            node.defaulted,
        ];
        let bits = flags
            .iter()
            .rev()
            .fold(0, |bits, flag| bits << 1 | u8::from(*flag));
        self.bytes.push(bits);
        self.list(&node.fields, |writer, field| {
            writer.string(&field.name);
            writer.id(&field.node);
        });
        self.option(&node.element, Writer::id);
        self.list(&node.required, Writer::string);
        self.option(&node.constraints, |writer, constraints| {
            writer.constraints(constraints)
        });
    }

    fn constraints(&mut self, constraints: &Constraints) {
        self.option(&constraints.default, Writer::value);
        self.list(&constraints.allowed, Writer::value);
        self.option(&constraints.pattern, |writer, pattern| {
            writer.string(&pattern.text)
        });
        for bound in [&constraints.minimum, &constraints.maximum] {
            self.option(bound, |writer, bound| {
                writer.float(bound.value);
                writer.flag(bound.exclusive);
            });
        }
        self.option(&constraints.multiple_of, |writer, number| {
            writer.float(*number)
        });
        for count in [
            &constraints.length,
            &constraints.items,
            &constraints.properties,
        ] {
            self.option(&count.min, |writer, number| writer.number(*number));
            self.option(&count.max, |writer, number| writer.number(*number));
        }
        match &constraints.list {
            ListType::Atomic => self.bytes.push(0),
            ListType::Set => self.bytes.push(1),
            ListType::Map(keys) => {
                self.bytes.push(2);
                self.list(keys, Writer::string);
            }
        }
        for ids in [
            &constraints.all_of,
            &constraints.any_of,
            &constraints.one_of,
        ] {
            self.list(ids, Writer::id);
        }
        self.option(&constraints.not, Writer::id);
        self.list(&constraints.rules, Writer::rule);
    }

    fn rule(&mut self, rule: &Rule) {
        for text in [
            &rule.rule,
            &rule.message,
            &rule.message_expression,
            &rule.field_path,
            &rule.unchecked,
        ] {
            self.string(text);
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.string(&entry.api_version);
        self.string(&entry.kind);
        self.option(&entry.minor, |writer, minor| {
            writer.number(u64::from(*minor))
        });
        self.flag(entry.namespaced);
        self.id(&entry.root);
        self.string(&entry.source);
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    strings: Vec<Str>,
}

type Read<T> = Result<T, Damaged>;

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Damaged)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Read<u8> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Read<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged)
    }

    /// A length; never more than there are bytes left.
    fn size(&mut self) -> Read<usize> {
        let number = usize::try_from(self.number()?).map_err(|_| Damaged)?;
        (number <= self.rest.len()).then_some(number).ok_or(Damaged)
    }

    fn float(&mut self) -> Read<f64> {
        let bytes = self.take(8)?.try_into().map_err(|_| Damaged)?;
        Ok(f64::from_bits(u64::from_le_bytes(bytes)))
    }

    fn flag(&mut self) -> Read<bool> {
        Ok(self.byte()? != 0)
    }

    fn string(&mut self) -> Read<Str> {
        let at = usize::try_from(self.number()?).map_err(|_| Damaged)?;
        self.strings.get(at).cloned().ok_or(Damaged)
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let length = self.size()?;
        (0..length).map(|_| read(self)).collect()
    }

    fn option<T>(&mut self, read: impl Fn(&mut Self) -> Read<T>) -> Read<Option<T>> {
        Ok(if self.flag()? {
            Some(read(self)?)
        } else {
            None
        })
    }

    fn id(&mut self) -> Read<NodeId> {
        Ok(NodeId(u32::try_from(self.number()?).map_err(|_| Damaged)?))
    }

    fn value(&mut self) -> Read<Value> {
        Ok(match self.byte()? {
            0 => Value::Null,
            flag @ 1..=2 => Value::Bool(flag == 2),
            3 => {
                let number = self.number()?;
                Value::Int((number >> 1) as i64 ^ -((number & 1) as i64))
            }
            4 => Value::Float(self.float()?),
            5 => Value::Str(self.string()?),
            6 => Value::List(self.list(Reader::value)?),
            7 => Value::Map(Map::from_iter(
                self.list(|reader| Ok((reader.string()?, reader.value()?)))?,
            )),
            _ => return Err(Damaged),
        })
    }

    fn node(&mut self) -> Read<Node> {
        let shape = *SHAPES.get(self.byte()? as usize).ok_or(Damaged)?;
        let format = *FORMATS.get(self.byte()? as usize).ok_or(Damaged)?;
        let bits = self.byte()?;
        let flag = |at: u8| bits >> at & 1 == 1;
        let field = |reader: &mut Self| {
            let (name, node) = (reader.string()?, reader.id()?);
            Ok(Field { name, node })
        };
        Ok(Node {
            shape,
            format,
            nullable: flag(0),
            preserves_unknown: flag(1),
            embedded: flag(2),
            guarded: flag(3),
            defaulted: flag(4),
            fields: self.list(field)?.into(),
            element: self.option(Reader::id)?,
            required: self.list(Reader::string)?.into(),
            constraints: self.option(|reader| Ok(Box::new(reader.constraints()?)))?,
        })
    }

    fn constraints(&mut self) -> Read<Constraints> {
        Ok(Constraints {
            default: self.option(Reader::value)?,
            allowed: self.list(Reader::value)?.into(),
            pattern: self.option(|reader| Ok(Pattern::new(reader.string()?)))?,
            minimum: self.option(Reader::bound)?,
            maximum: self.option(Reader::bound)?,
            multiple_of: self.option(Reader::float)?,
            length: self.count()?,
            items: self.count()?,
            properties: self.count()?,
            list: match self.byte()? {
                0 => ListType::Atomic,
                1 => ListType::Set,
                _ => ListType::Map(self.list(Reader::string)?.into()),
            },
            all_of: self.list(Reader::id)?.into(),
            any_of: self.list(Reader::id)?.into(),
            one_of: self.list(Reader::id)?.into(),
            not: self.option(Reader::id)?,
            rules: self.list(Reader::rule)?.into(),
        })
    }

    fn bound(&mut self) -> Read<Bound> {
        let (value, exclusive) = (self.float()?, self.flag()?);
        Ok(Bound { value, exclusive })
    }

    fn count(&mut self) -> Read<Count> {
        let (min, max) = (self.option(Reader::number)?, self.option(Reader::number)?);
        Ok(Count { min, max })
    }

    fn rule(&mut self) -> Read<Rule> {
        Ok(Rule {
            rule: self.string()?,
            message: self.string()?,
            message_expression: self.string()?,
            field_path: self.string()?,
            unchecked: self.string()?,
            ..Rule::default()
        })
    }

    fn entry(&mut self) -> Read<Entry> {
        Ok(Entry {
            api_version: self.string()?,
            kind: self.string()?,
            minor: self.option(|reader| u32::try_from(reader.number()?).map_err(|_| Damaged))?,
            namespaced: self.flag()?,
            root: self.id()?,
            source: self.string()?,
        })
    }
}

const SHAPES: [Shape; 9] = [
    Shape::Any,
    Shape::Object,
    Shape::List,
    Shape::String,
    Shape::Integer,
    Shape::Number,
    Shape::Boolean,
    Shape::IntOrString,
    Shape::Quantity,
];

const FORMATS: [Format; 18] = [
    Format::None,
    Format::Int32,
    Format::Int64,
    Format::Float,
    Format::Double,
    Format::Byte,
    Format::DateTime,
    Format::MicroTime,
    Format::Date,
    Format::Duration,
    Format::Uri,
    Format::Email,
    Format::Hostname,
    Format::Ipv4,
    Format::Ipv6,
    Format::Cidr,
    Format::Mac,
    Format::Uuid,
];
