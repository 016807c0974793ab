//! Declarators, parameters, members and initialisers (C11 6.7.2.1, 6.7.6, 6.7.9).

use super::Parser;
use crate::ast::{
    Attributes, Declaration, Declarator, Derivation, Designator, InitDeclarator, InitEntry,
    Initializer, MemberDeclaration, MemberDeclarator, Param, Params, Specifiers, StorageClass,
};
use crate::diagnostic::{Checked, Diagnostic};
use crate::source::Span;

/// How many pointers, arrays and functions one declarator may add.
const MAX_DERIVATIONS: usize = 50;

impl Parser<'_> {
    /// A declaration after its specifiers, up to and with the `;`.
    pub(super) fn declaration_after(
        &mut self,
        specifiers: Specifiers,
        first: Option<Declarator>,
    ) -> Checked<Declaration> {
        let start = specifiers.span;
        let mut declarators = Vec::new();
        let mut next = first;
        if next.is_none() && (self.is(";") || self.at_end()) {
            let end = self.expect_semicolon()?;
            return Ok(Declaration {
                specifiers,
                declarators,
                span: start.to(end),
            });
        }
        loop {
            let declarator = match next.take() {
                Some(declarator) => declarator,
                None => self.declarator()?,
            };
            declarators.push(self.init_declarator(&specifiers, declarator)?);
            if !self.accept(",") {
                break;
            }
        }
        let ends_as_head = self.at_end() && is_function_head(&declarators);
        if ends_as_head {
            return Err(self.unexpected("`{` or `;`"));
        }
        let end = self.expect_semicolon()?;
        Ok(Declaration {
            specifiers,
            declarators,
            span: start.to(end),
        })
    }

    fn init_declarator(
        &mut self,
        specifiers: &Specifiers,
        declarator: Declarator,
    ) -> Checked<InitDeclarator> {
        let Some(name) = &declarator.name else {
            return Err(self.unexpected("a name"));
        };
        let is_typedef = specifiers.storage == Some(StorageClass::Typedef);
        self.declare(&name.text.clone(), is_typedef);
        let init = if self.accept("=") {
            Some(self.initializer()?)
        } else {
            None
        };
        Ok(InitDeclarator { declarator, init })
    }

    /// A declarator, with or without a name.
    pub(super) fn declarator(&mut self) -> Checked<Declarator> {
        let start = self.peek().span;
        self.nested(|p| {
            let mut attributes = Attributes::default();
            let mut derivations = p.pointers(&mut attributes)?;
            let mut name = None;
            let mut inner = Vec::new();
            if p.is("(") && p.is_grouping() {
                p.bump();
                let grouped = p.declarator()?;
                p.expect(")")?;
                name = grouped.name;
                inner = grouped.derivations;
            } else if p.peek().name().is_some_and(|name| !super::is_keyword(name)) {
                name = Some(p.name("a name")?);
            }
            let mut suffixes = p.suffixes()?;
            suffixes.reverse();
            derivations.extend(suffixes);
            derivations.extend(inner);
            p.asm_label()?;
            p.attributes(&mut attributes)?;
            let span = p.since(start);
            if derivations.len() > MAX_DERIVATIONS {
                return Err(p.error(Diagnostic::new(span, "this type is too deep")));
            }
            Ok(Declarator {
                name,
                derivations,
                attributes,
                span,
            })
        })
    }

    fn pointers(&mut self, attributes: &mut Attributes) -> Checked<Vec<Derivation>> {
        let mut pointers = Vec::new();
        self.attributes(attributes)?;
        while self.accept("*") {
            let (mut is_const, mut is_volatile) = (false, false);
            loop {
                if self.accept_keyword("const") {
                    is_const = true;
                } else if self.accept_keyword("volatile") {
                    is_volatile = true;
                } else if !self.accept_keyword("restrict") && !self.accept_keyword("_Atomic") {
                    break;
                }
            }
            self.attributes(attributes)?;
            pointers.push(Derivation::Pointer {
                is_const,
                is_volatile,
            });
        }
        Ok(pointers)
    }

    /// Whether the `(` here groups a declarator and does not open parameters.
    fn is_grouping(&self) -> bool {
        let next = self.peek_at(1);
        next.is("*")
            || next.is("(")
            || next.is("[")
            || next.name().is_some() && !self.starts_type_at(1)
    }

    /// `[...]` and `(...)` behind a name, as written.
    fn suffixes(&mut self) -> Checked<Vec<Derivation>> {
        let mut suffixes = Vec::new();
        loop {
            let start = self.peek().span;
            if self.accept("[") {
                while ["static", "const", "volatile", "restrict"]
                    .iter()
                    .any(|word| self.accept_keyword(word))
                {}
                let length = if self.is("]") {
                    None
                } else {
                    Some(Box::new(self.assignment()?))
                };
                self.expect("]")?;
                suffixes.push(Derivation::Array {
                    length,
                    span: self.since(start),
                });
            } else if self.is("(") {
                let params = self.scoped(Self::params)?;
                suffixes.push(Derivation::Function(params));
            } else {
                return Ok(suffixes);
            }
            if suffixes.len() > MAX_DERIVATIONS {
                return Err(self.too_deep());
            }
        }
    }

    fn params(&mut self) -> Checked<Params> {
        let start = self.expect("(")?;
        let mut params = Params {
            list: Vec::new(),
            is_variadic: false,
            is_unspecified: false,
            span: start,
        };
        if self.accept(")") {
            params.is_unspecified = true;
        } else if self.is_keyword("void") && self.peek_at(1).is(")") {
            self.bump();
            self.bump();
        } else {
            loop {
                if self.accept("...") {
                    params.is_variadic = true;
                    self.expect(")")?;
                    break;
                }
                let specifiers = self.specifiers()?;
                let declarator = self.declarator()?;
                if let Some(name) = &declarator.name {
                    self.declare(&name.text.clone(), false);
                }
                params.list.push(Param {
                    specifiers,
                    declarator,
                });
                if self.accept(")") {
                    break;
                }
                if !self.accept(",") {
                    return Err(self.unexpected("`,` or `)`"));
                }
            }
        }
        params.span = self.since(start);
        Ok(params)
    }

    fn asm_label(&mut self) -> Checked<()> {
        if self.is_keyword("asm") || self.is_keyword("__asm__") {
            return Err(self.unsupported("inline assembly"));
        }
        Ok(())
    }

    /// A line of a record's members.
    pub(super) fn member_declaration(&mut self) -> Checked<Option<MemberDeclaration>> {
        if self.accept(";") {
            return Ok(None);
        }
        if self.is_keyword("_Static_assert") {
            self.statement()?;
            return Ok(None);
        }
        let specifiers = self.specifiers()?;
        let mut declarators = Vec::new();
        while !self.accept(";") {
            let declarator = self.declarator()?;
            let colon = self.peek().span;
            let mut bit_field = None;
            if self.accept(":") {
                self.conditional()?;
                bit_field = Some(self.since(colon));
            } else if declarator.name.is_none() {
                return Err(self.unexpected("a member's name"));
            }
            declarators.push(MemberDeclarator {
                declarator,
                bit_field,
            });
            if !self.is(";") && !self.accept(",") {
                return Err(self.unexpected("`;`"));
            }
        }
        Ok(Some(MemberDeclaration {
            specifiers,
            declarators,
        }))
    }

    /// What follows `=`.
    pub(super) fn initializer(&mut self) -> Checked<Initializer> {
        if self.is("{") {
            let (entries, span) = self.init_list()?;
            return Ok(Initializer::List(entries, span));
        }
        self.assignment().map(Initializer::Expr)
    }

    /// `{ ... }` with its place.
    pub(super) fn init_list(&mut self) -> Checked<(Vec<InitEntry>, Span)> {
        self.nested(|p| {
            let start = p.expect("{")?;
            let mut entries = Vec::new();
            while !p.accept("}") {
                entries.push(p.init_entry()?);
                if !p.is("}") && !p.accept(",") {
                    return Err(p.unexpected("`,` or `}`"));
                }
            }
            Ok((entries, p.since(start)))
        })
    }

    fn init_entry(&mut self) -> Checked<InitEntry> {
        let mut designators = Vec::new();
        loop {
            if self.accept("[") {
                designators.push(Designator::Index(self.conditional()?));
                if self.is("...") {
                    return Err(self.unsupported("a range of indices"));
                }
                self.expect("]")?;
            } else if self.accept(".") {
                designators.push(Designator::Member(self.name("a member's name")?));
            } else {
                break;
            }
        }
        if !designators.is_empty() {
            self.expect("=")?;
        }
        Ok(InitEntry {
            designators,
            value: self.initializer()?,
        })
    }
}

/// Whether the text so far is a function's head whose body may follow: its parameters have names.
fn is_function_head(declarators: &[InitDeclarator]) -> bool {
    let [only] = declarators else {
        return false;
    };
    match only.declarator.derivations.last() {
        Some(Derivation::Function(params)) => {
            params.list.iter().all(|p| p.declarator.name.is_some())
        }
        _ => false,
    }
}
