//! The scopes of the generated tables, and the values that statements write into the column of the tenant.

use sea_orm::{DbBackend, Value};
use sea_orm_soft_delete::{FixedScope, RequiredScope};

use super::markers::Marker;
use super::schema::{Column, Type};
use super::statements::{Case, Generator};

/// The scope of a tenant, which the connection carries.
pub(super) struct Tenant;

impl RequiredScope for Tenant {
    const NAME: &'static str = "tenant";
    type Value = i64;
}

/// The scope of the published rows.
pub(super) struct Published;

impl FixedScope for Published {
    const NAME: &'static str = "published";
}

pub(super) const TENANT_ID: &str = "tenant_id";
pub(super) const IS_PUBLISHED: &str = "is_published";
/// The tenant of the connection.
pub(super) const TENANT: i32 = 7;
pub(super) const OWN_TENANT: &str = "7";
pub(super) const OTHER_TENANT: &str = "8";

/// The scopes that the rows of a table are held to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scoping {
    pub(super) marker: Option<Marker>,
    pub(super) has_tenant: bool,
    pub(super) has_condition: bool,
}

impl Scoping {
    /// The columns of the scopes, the marker last. Every row in scope has the same tenant, so statements may
    /// compare it.
    pub(super) fn columns(self) -> impl Iterator<Item = Column> {
        let tenant = self.has_tenant.then_some((TENANT_ID, Type::Int));
        let published = self.has_condition.then_some((IS_PUBLISHED, Type::Opaque));
        let marker = self.marker.map(|marker| (marker.column(), Type::Opaque));
        [tenant, published, marker].into_iter().flatten()
    }

    /// The conditions that a row is live, and that it is in the other scopes, written independently of the
    /// crate.
    pub(super) fn conditions(self, backend: DbBackend) -> (String, String) {
        let is_live = self.marker.map(|marker| marker.is_live(backend));
        let tenant = format!("COALESCE(\"{TENANT_ID}\", 0) = {OWN_TENANT}");
        let published = format!("COALESCE(\"{IS_PUBLISHED}\", FALSE) = TRUE");
        let is_in_others = match (self.has_tenant, self.has_condition) {
            (true, true) => format!("{tenant} AND {published}"),
            (true, false) => tenant,
            (false, true) => published,
            (false, false) => "TRUE".to_owned(),
        };
        (is_live.unwrap_or_else(|| "TRUE".to_owned()), is_in_others)
    }
}

/// A value that a statement writes into the column of the tenant.
pub(super) struct WrittenTenant {
    text: String,
    /// The position of the bound value.
    bound: Option<usize>,
    /// Whether it is another tenant than that of the connection.
    is_other: bool,
}

/// The place of a written tenant in a text.
fn place(of: usize) -> String {
    format!("⟪{of}⟫")
}

impl Generator<'_, '_, '_> {
    /// A value for the tenant of a row: that of the connection, or any other. `columns` are expressions over
    /// the columns that can be read there.
    pub(super) fn written_tenant(&mut self, columns: &[String]) -> String {
        let text = match self.choices.below(12) {
            ..2 => OWN_TENANT,
            2 => "'7'",
            3 | 4 => return self.bound_tenant(Value::Int(Some(TENANT)), false),
            5 => return self.bound_tenant(Value::BigInt(Some(8)), true),
            6 => OTHER_TENANT,
            7 => "NULL",
            8 => "3 + 5",
            9 => "(SELECT 8)",
            _ if columns.is_empty() => "COALESCE(NULL, 8)",
            _ => {
                let column = self.choices.pick(columns);
                return self.tenant(format!("⟦{column}⟧"), None, false);
            }
        };
        self.tenant(format!("⟦{text}⟧"), None, text == OTHER_TENANT)
    }

    fn bound_tenant(&mut self, value: Value, is_other: bool) -> String {
        let text = self.param(value);
        let bound = (!self.is_literal).then(|| self.params.len() - 1);
        self.tenant(text, bound, is_other)
    }

    fn tenant(&mut self, text: String, bound: Option<usize>, is_other: bool) -> String {
        self.tenants.push(WrittenTenant {
            text,
            bound,
            is_other,
        });
        place(self.tenants.len() - 1)
    }

    /// Puts the written tenants into the text of the case. On a database of one tenant, it is always that one.
    pub(super) fn write_tenants(&self, case: &mut Case) {
        if self.tenants.is_empty() {
            return;
        }
        let mut plain = (case.text.clone(), case.params.clone());
        for (at, written) in self.tenants.iter().enumerate() {
            let own = match written.bound {
                Some(bound) => {
                    plain.1[bound] = Value::Int(Some(TENANT));
                    written.text.clone()
                }
                None => format!("⟦{OWN_TENANT}⟧"),
            };
            // The case may have dropped the part that writes it.
            case.must_be_refused |= written.is_other && case.text.contains(&place(at));
            plain.0 = plain.0.replace(&place(at), &own);
            case.text = case.text.replace(&place(at), &written.text);
        }
        case.plain = Some(plain);
    }
}
