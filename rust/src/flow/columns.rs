//! Finished rows as columns, in the order and with the types of the engine contract.

use super::Pair;
use super::content::Found;
use super::errors::Errors;
use super::heads::Heads;
use super::key::Key;
use super::row::{Origin, Row, Store};
use super::row_heads::RowHeads;

/// The values of one column.
#[derive(Debug)]
#[allow(missing_docs)] // the names are the types
pub enum Column {
    Address(Vec<[u8; 16]>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
}

impl Column {
    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Address(values) => values.len(),
            Self::U8(values) => values.len(),
            Self::U16(values) => values.len(),
            Self::U32(values) => values.len(),
            Self::I16(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::I64(values) => values.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Declares the columns once: names, types, and the way from a struct of vectors to a list.
macro_rules! columns {
    ($($name:ident: $kind:ident($type:ty),)*) => {
        /// Names of the columns, in order.
        pub const COLUMNS: &[&str] = &[$(stringify!($name)),*];

        /// Rows that wait to be emitted.
        #[derive(Debug, Default)]
        pub struct Rows {
            $($name: Vec<$type>,)*
            heads: Pair<RowHeads>,
            /// What was found in the payload.
            pub found: Option<Box<Found>>,
        }

        impl Rows {
            /// No rows yet, but memory for this many; their heads go there.
            #[must_use]
            pub(super) fn with_capacity(rows: usize, heads: Pair<RowHeads>) -> Self {
                Self { $($name: Vec::with_capacity(rows),)* heads, found: None }
            }

            /// The columns, in order, and the heads.
            #[must_use]
            pub fn into_columns(self) -> (Vec<Column>, Pair<RowHeads>) {
                (vec![$(Column::$kind(self.$name),)*], self.heads)
            }
        }
    };
}

columns! {
    a_address: Address([u8; 16]),
    b_address: Address([u8; 16]),
    ip_version: U8(u8),
    ip_protocol: U8(u8),
    has_ports: U8(u8),
    a_port: U16(u16),
    b_port: U16(u16),
    icmp_type: I16(i16),
    icmp_code: I16(i16),
    key_id: U32(u32),
    vlan: I32(i32),
    outer_vlan: I32(i32),
    tunnel: U32(u32),
    first_seen: I64(i64),
    last_seen: I64(i64),
    a_packets: I64(i64),
    b_packets: I64(i64),
    a_bytes: I64(i64),
    b_bytes: I64(i64),
    a_payload: I64(i64),
    b_payload: I64(i64),
    a_flags: U8(u8),
    b_flags: U8(u8),
    a_events: U8(u8),
    b_events: U8(u8),
    a_isn: U32(u32),
    b_isn: U32(u32),
    a_seq: U32(u32),
    b_seq: U32(u32),
    a_span: I64(i64),
    b_span: I64(i64),
    first_sender: U8(u8),
    first_reset: U8(u8),
    source: U32(u32),
    first_frame: I64(i64),
    icmp_error: I16(i16),
    icmp_errors: I64(i64),
}

impl Rows {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.first_seen.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first_seen.is_empty()
    }

    /// IP protocols by row, and the heads.
    pub(super) const fn heads(&self) -> (&Vec<u8>, &Pair<RowHeads>) {
        (&self.ip_protocol, &self.heads)
    }

    /// Add a row with its number.
    pub(super) fn push(
        &mut self,
        row: (u32, &Row, &Origin),
        store: &Store,
        heads: &Heads,
        errors: &Errors,
    ) {
        self.extend(&[row], store, errors);
        heads.put(row.1, &mut self.heads);
    }

    /// Add the rows in use from this number on, at most `limit`, and tell `each` of them before;
    /// the number to go on with.
    pub(super) fn extend_from(
        &mut self,
        (number, limit): (u32, usize),
        store: &Store,
        heads: &Heads,
        errors: &Errors,
        mut each: impl FnMut(&[(u32, &Row, &Origin)], usize),
    ) -> u32 {
        store.walk(number, limit, |rows| {
            each(rows, self.len());
            self.extend(rows, store, errors);
            for (_, row, _) in rows {
                heads.put(row, &mut self.heads);
            }
        })
    }

    /// Add rows with their numbers, column by column, but for their heads.
    fn extend(&mut self, rows: &[(u32, &Row, &Origin)], store: &Store, errors: &Errors) {
        macro_rules! add {
            ($($column:ident: $row:ident, $origin:ident => $value:expr;)*) => {
                $(self.$column.extend(rows.iter().map(|(_, $row, $origin)| $value));)*
            };
        }
        add! {
            a_address: row, _origin => addresses(row.key, store).0;
            b_address: row, _origin => addresses(row.key, store).1;
            ip_version: row, _origin => if row.key.is_six() { 6 } else { 4 };
            ip_protocol: row, _origin => row.key.protocol();
            has_ports: row, _origin => u8::from(row.key.has_ports());
            a_port: row, _origin => row.key.ports().0;
            b_port: row, _origin => row.key.ports().1;
            icmp_type: row, _origin => row.key.icmp().0;
            icmp_code: row, _origin => row.key.icmp().1;
            key_id: row, _origin => row.key.key_id();
            vlan: row, _origin => row.key.vlans().0;
            outer_vlan: row, _origin => row.key.vlans().1;
            tunnel: row, _origin => row.key.tunnel();
            first_seen: _row, origin => origin.first_seen;
            last_seen: row, _origin => row.last_seen;
            a_packets: row, origin => packets(row.packets.a, origin.carried.a);
            b_packets: row, origin => packets(row.packets.b, origin.carried.b);
            a_bytes: row, _origin => signed(row.bytes.a);
            b_bytes: row, _origin => signed(row.bytes.b);
            a_payload: row, _origin => signed(row.payload.a);
            b_payload: row, _origin => signed(row.payload.b);
            a_flags: row, _origin => row.flags.a;
            b_flags: row, _origin => row.flags.b;
            a_events: row, _origin => row.events.a;
            b_events: row, _origin => row.events.b;
            a_isn: _row, origin => origin.isn.a;
            b_isn: _row, origin => origin.isn.b;
            a_seq: row, _origin => row.sequence.a;
            b_seq: row, _origin => row.sequence.b;
            a_span: row, _origin => signed(row.span.a);
            b_span: row, _origin => signed(row.span.b);
            first_sender: _row, origin => origin.first_sender;
            first_reset: _row, origin => origin.first_reset;
            source: _row, origin => origin.source;
            first_frame: _row, origin => signed(origin.first_frame);
        }
        let said = rows.iter().map(|(number, _, origin)| errors.of(*number, origin));
        for (error, count) in said {
            self.icmp_error.push(error);
            self.icmp_errors.push(count);
        }
    }
}

/// Both addresses, those of IPv4 in the first four bytes.
#[inline]
fn addresses(key: Key, store: &Store) -> ([u8; 16], [u8; 16]) {
    if key.is_six() {
        let [a, b, c, d] = store.six(key).map(u128::from);
        ((a << 64 | b).to_be_bytes(), (c << 64 | d).to_be_bytes())
    } else {
        let (a, b) = key.addresses4();
        (padded(a), padded(b))
    }
}

fn packets(count: u32, carried: u16) -> i64 {
    i64::from(count) + i64::from(carried) * i64::from(u32::MAX)
}

fn padded(address: u32) -> [u8; 16] {
    let [a, b, c, d] = address.to_be_bytes();
    [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// No counter of a capture reaches 2^63.
const fn signed(count: u64) -> i64 {
    count.cast_signed()
}
