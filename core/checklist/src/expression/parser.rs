//! Tokens to a syntax tree: a Pratt parser over the operators of XPath.

use super::ast::{Axis, Expr, NEGATE_POWER, Path, Start, Step};
use super::lexer::{Kind, Token, tokens};
use super::{ExpressionError, Reason};

/// The longest expression read. The longest in 181 collected workbooks has under 8,000 bytes.
pub(crate) const MAX_LENGTH: usize = 32 * 1024;
/// The deepest nesting of parentheses, arguments and signs.
const MAX_DEPTH: usize = 64;
/// The most operators in one expression: a chain `a + b + ...` makes the tree as deep as it is long.
const MAX_OPERATORS: usize = 600;

/// Parses one expression.
pub(crate) fn parse(text: &str) -> Result<Expr, ExpressionError> {
    if text.len() > MAX_LENGTH {
        return Err(ExpressionError { offset: MAX_LENGTH, reason: Reason::TooLong });
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0, operators: 0 };
    let expr = parser.expression(0)?;
    match parser.peek() {
        Kind::End => Ok(expr),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    operators: usize,
}

impl Parser {
    fn peek(&self) -> &Kind {
        // The last token is `End` and is never passed.
        &self.tokens[self.next.min(self.tokens.len() - 1)].kind
    }

    fn at(&self) -> usize {
        self.tokens[self.next.min(self.tokens.len() - 1)].at
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let found = self.peek() == kind;
        self.next += usize::from(found);
        found
    }

    fn need(&mut self, kind: &Kind, wanted: &'static str) -> Result<(), ExpressionError> {
        if self.take(kind) { Ok(()) } else { Err(self.unexpected(wanted)) }
    }

    fn unexpected(&self, wanted: &'static str) -> ExpressionError {
        self.error(Reason::Unexpected { found: self.peek().describe(), wanted })
    }

    fn error(&self, reason: Reason) -> ExpressionError {
        ExpressionError { offset: self.at(), reason }
    }

    /// An expression whose operators all bind tighter than `floor`.
    fn expression(&mut self, floor: u8) -> Result<Expr, ExpressionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(Reason::TooDeep));
        }
        let mut left = self.operand()?;
        while let Kind::Operator(op) = *self.peek() {
            if op.power() <= floor {
                break;
            }
            self.operators += 1;
            if self.operators > MAX_OPERATORS {
                return Err(self.error(Reason::TooDeep));
            }
            self.next += 1;
            let right = self.expression(op.power())?;
            left = Expr::Binary { op, left: Box::new(left), right: Box::new(right) };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Expr, ExpressionError> {
        let at = self.at();
        match self.peek().clone() {
            Kind::Operator(super::ast::Op::Subtract) => {
                self.next += 1;
                Ok(Expr::Negate(Box::new(self.expression(NEGATE_POWER)?)))
            }
            Kind::Number(number) => {
                self.next += 1;
                Ok(Expr::Number(number))
            }
            Kind::Text(text) => {
                self.next += 1;
                Ok(Expr::Text(text))
            }
            Kind::Open => {
                self.next += 1;
                let inner = self.expression(0)?;
                self.need(&Kind::Close, "`)`")?;
                Ok(inner)
            }
            Kind::Reference(name) => {
                self.next += 1;
                self.path_from(Start::Name(name), at)
            }
            Kind::Slash => {
                self.next += 1;
                let first = self.step()?;
                self.steps(Start::Root, vec![first], at)
            }
            Kind::SlashSlash => {
                self.next += 1;
                let steps = vec![Step { axis: Axis::Descendant, filtered: false }, self.step()?];
                self.steps(Start::Root, steps, at)
            }
            Kind::Name(name) if self.tokens.get(self.next + 1).is_some_and(|next| next.kind == Kind::Open) => {
                self.next += 2;
                let args = self.arguments()?;
                let call = Expr::Call { name, args, at };
                let continues = matches!(self.peek(), Kind::Slash | Kind::SlashSlash | Kind::OpenFilter);
                match call {
                    Expr::Call { ref name, ref args, .. } if name == "current" && args.is_empty() => {
                        self.path_from(Start::Here, at)
                    }
                    call if continues => self.path_from(Start::Call(Box::new(call)), at),
                    call => Ok(call),
                }
            }
            Kind::Name(_) | Kind::Dot | Kind::DotDot | Kind::Star | Kind::Axis(_) => {
                let first = self.step()?;
                self.steps(Start::Here, vec![first], at)
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, ExpressionError> {
        let mut args = Vec::new();
        if self.take(&Kind::Close) {
            return Ok(args);
        }
        loop {
            args.push(self.expression(0)?);
            if self.take(&Kind::Close) {
                return Ok(args);
            }
            self.need(&Kind::Comma, "`,` or `)`")?;
        }
    }

    /// A path whose start stands for itself: filters and steps may follow.
    fn path_from(&mut self, start: Start, at: usize) -> Result<Expr, ExpressionError> {
        let itself = Step { axis: Axis::Itself, filtered: self.filters()? };
        self.steps(start, vec![itself], at)
    }

    fn steps(&mut self, start: Start, mut steps: Vec<Step>, at: usize) -> Result<Expr, ExpressionError> {
        loop {
            if self.take(&Kind::SlashSlash) {
                steps.push(Step { axis: Axis::Descendant, filtered: false });
            } else if !self.take(&Kind::Slash) {
                break;
            }
            steps.push(self.step()?);
        }
        // `./x` and `x` are the same path.
        if steps.len() > 1 || !matches!(start, Start::Here) {
            steps.retain(|step| step.axis != Axis::Itself || step.filtered);
        }
        Ok(Expr::Path(Path { start, steps, at }))
    }

    fn step(&mut self) -> Result<Step, ExpressionError> {
        let axis = match self.peek().clone() {
            Kind::Name(name) => Axis::Child(name),
            Kind::Dot => Axis::Itself,
            Kind::DotDot => Axis::Parent,
            Kind::Star => Axis::AnyChild,
            Kind::Axis(_) => return Err(self.error(Reason::UnsupportedPath)),
            _ => return Err(self.unexpected("a name")),
        };
        self.next += 1;
        Ok(Step { axis, filtered: self.filters()? })
    }

    /// Reads `[...]`; true when there is one.
    fn filters(&mut self) -> Result<bool, ExpressionError> {
        let mut any = false;
        while self.take(&Kind::OpenFilter) {
            self.expression(0)?;
            self.need(&Kind::CloseFilter, "`]`")?;
            any = true;
        }
        Ok(any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn golden(text: &str, tree: &str) {
        let parsed = parse(text).map(|expr| expr.to_string());
        assert_eq!(parsed.as_deref(), Ok(tree), "{text}");
    }

    #[test]
    fn operators_bind_as_xpath_says() {
        golden("1 + 2 * 3", "(+ 1 (* 2 3))");
        golden("(1 + 2) * 3", "(* (+ 1 2) 3)");
        golden("1 - 2 - 3", "(- (- 1 2) 3)");
        golden("-1 + 2", "(+ (neg 1) 2)");
        golden("-${a} * 2", "(* (neg ${a}) 2)");
        golden("--1", "(neg (neg 1))");
        golden("a or b and c = d < e + f div g", "(or a (and b (= c (< d (+ e (div f g))))))");
        golden("1 < 2 = 3 > 4", "(= (< 1 2) (> 3 4))");
        golden("a | b + 1", "(+ (| a b) 1)");
        golden("8 mod 3 div 2", "(div (mod 8 3) 2)");
    }

    #[test]
    fn star_and_word_operators_are_names_where_a_name_is_due() {
        golden("* * *", "(* * *)");
        golden("div div mod", "(div div mod)");
        golden("and and or", "(and and or)");
        golden("/data/* * 2", "(* /data/* 2)");
        golden("(or) or or", "(or or or)");
        golden("selected(or, 'and')", "(selected or \"and\")");
        golden("${a}and${b}", "(and ${a} ${b})");
        golden("2div 2", "(div 2 2)");
    }

    #[test]
    fn paths_keep_their_start_and_steps() {
        golden(".", ".");
        golden("..", "..");
        golden("../../x", "../../x");
        golden("./x", "x");
        golden("current()/../x", "../x");
        golden("current()", ".");
        golden("/data/group/q", "/data/group/q");
        golden("${ x }/y", "${x}/y");
        golden("/data/r[1]/x", "/data/r[]/x");
        golden("instance('l')/root/item[a=1]/b", "(instance \"l\")/root/item[]/b");
        golden("//x", "/descendant/x");
        golden("a-b", "a-b");
        golden("a -b", "(- a b)");
        golden("jr:choice-name(${a}, '${a}')", "(jr:choice-name ${a} \"${a}\")");
    }

    #[test]
    fn numbers_and_texts_are_read_as_written() {
        golden("1.", "1");
        golden(".5", "0.5");
        golden("\"it's\"", "\"it's\"");
        golden("concat('水', \"\")", "(concat \"水\" \"\")");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let cases: &[(&str, usize, &str)] = &[
            ("", 0, "expression-unexpected"),
            ("1 +", 3, "expression-unexpected"),
            ("(1", 2, "expression-unexpected"),
            ("'abc", 0, "expression-open-text"),
            ("1 + ${a", 4, "expression-open-name"),
            ("1 # 2", 2, "expression-character"),
            ("1 2", 2, "expression-unexpected"),
            ("f(1,)", 4, "expression-unexpected"),
            ("child::x", 0, "unsupported-path"),
        ];
        for (text, offset, code) in cases {
            let error = parse(text).expect_err(text);
            assert_eq!((error.offset, error.reason.code()), (*offset, *code), "{text}");
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
        assert_eq!(parse(&deep).expect_err("deep").reason, Reason::TooDeep);
        assert_eq!(parse(&"-".repeat(5000)).expect_err("signs").reason, Reason::TooDeep);
        assert_eq!(parse(&"1+".repeat(5000)).expect_err("chain").reason, Reason::TooDeep);
        assert_eq!(parse(&" ".repeat(MAX_LENGTH + 1)).expect_err("long").reason, Reason::TooLong);
    }
}
