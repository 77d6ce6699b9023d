//! Scopes beside soft delete: a tenant whose value the connection carries, and conditions.

mod attacks;
mod carried;
mod composite;
pub(crate) mod entities;
mod families;
mod reads;
mod row_level_security;
mod writes;
