//! Where in a definition something stands: `all[1].where.parameter`.

use std::fmt;
use wayfare_model::problem::Refusal;

/// A path, as a chain from the innermost step outwards, so that walking allocates nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The definition itself.
    Root,
    /// A member of an object.
    Field(&'a Path<'a>, &'a str),
    /// An element of an array.
    Index(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    /// The path of a member.
    pub fn field(&'a self, name: &'a str) -> Path<'a> {
        Path::Field(self, name)
    }

    /// The path of an element.
    pub fn index(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }

    /// A refusal of what stands here.
    pub fn refuse(&self, message: impl Into<String>) -> Refusal {
        Refusal::new(self.to_string(), message)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => f.write_str(name),
            Path::Field(parent, name) => write!(f, "{parent}.{name}"),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_like_code() {
        let all = Path::Root.field("all");
        let second = all.index(1);
        let condition = second.field("where");
        assert_eq!(condition.field("parameter").to_string(), "all[1].where.parameter");
        assert_eq!(Path::Root.to_string(), "");
    }
}
