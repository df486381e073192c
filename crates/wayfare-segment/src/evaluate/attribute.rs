//! Attributes and identifiers.

use super::filter::Filter;
use super::predicate::text_passes;
use super::{EvaluateError, Evaluation};
use crate::bits::Bits;
use crate::columns::Columns;
use crate::plan::{Compare, Predicate, Test, TextCompare, TextTest};
use wayfare_model::id::ProfileId;

impl<C: Columns> Evaluation<'_, C> {
    /// The live profiles whose attribute passes.
    pub(super) fn attribute(&self, name: &str, test: &Test) -> Result<Bits, EvaluateError> {
        self.go_on()?;
        let positive = match name {
            "profile_id" => self.profile_ids(&test.predicate)?,
            _ => self.passing(name, &test.predicate)?,
        };
        match test.negated {
            true => self.not(positive),
            false => self.alive(positive),
        }
    }

    /// The profiles with a value that passes.
    fn passing(&self, name: &str, predicate: &Predicate) -> Result<Bits, EvaluateError> {
        let column = match predicate {
            Predicate::Exists => self.columns.present(name),
            _ => self.columns.attribute(name),
        };
        let rows = column.map_or(0, |column| column.codes.len()).min(self.columns.ordinals() as usize);
        let test = Test { negated: false, predicate: predicate.clone() };
        match Filter::of_test(name, &test, column, &self.clock)? {
            Filter::Always(false) => Ok(Bits::new(self.columns.ordinals())),
            filter => {
                self.look_at(rows);
                let masks = (0..rows).step_by(64).map(|base| match rows - base {
                    rest @ 0..64 => filter.mask(0, base) & ((1 << rest) - 1),
                    _ => filter.mask(0, base),
                });
                Ok(Bits::of_masks(self.columns.ordinals(), masks))
            }
        }
    }

    /// The profiles whose own id passes.
    fn profile_ids(&self, predicate: &Predicate) -> Result<Bits, EvaluateError> {
        let test = match predicate {
            Predicate::Exists => return Ok(self.columns.live().clone()),
            Predicate::Text(test) => test,
            _ => return Err(EvaluateError::OtherType("profile_id".into())),
        };
        if let TextTest { fold: false, how: TextCompare::Compare(Compare::OneOf(ids)) } = test {
            let ids = ids.iter().filter_map(|id| ProfileId::from_ascii(id.as_bytes()));
            let mut passing = Bits::new(self.columns.ordinals());
            ids.filter_map(|id| self.ordinal(id)).for_each(|ordinal| passing.insert(ordinal));
            return Ok(passing);
        }
        let mut passing = Bits::new(self.columns.ordinals());
        for ordinal in self.columns.live().iter() {
            if ordinal % 0x1_0000 == 0 {
                self.go_on()?;
            }
            let ascii = self.columns.profile_id(ordinal).to_ascii();
            if std::str::from_utf8(&ascii).is_ok_and(|id| text_passes(test, id)) {
                passing.insert(ordinal);
            }
        }
        Ok(passing)
    }

    /// The ordinal of a profile; ordinals ascend with ids.
    pub(super) fn ordinal(&self, id: ProfileId) -> Option<u32> {
        let (mut from, mut to) = (0, self.columns.ordinals());
        while from < to {
            let middle = from + (to - from) / 2;
            match self.columns.profile_id(middle).cmp(&id) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }
}
