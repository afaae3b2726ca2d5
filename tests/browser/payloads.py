"""Texts that a client's data may hold and that must never be more than text: 160 and more, by what they try."""

RUN = "window.__ran=(window.__ran||0)+1"

SCRIPTS = [
    f"<script>{RUN}</script>", f"<SCRIPT>{RUN}</SCRIPT>", f"<script >{RUN}</script >", f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"</script><script>{RUN}</script>", f"<script src=data:text/javascript,{RUN}></script>", "<script src=//x.example/x.js></script>",
    f"<script type=module>{RUN}</script>", f"<script/x>{RUN}</script>", f"<!--><script>{RUN}</script>-->",
    f"<![CDATA[<script>{RUN}</script>]]>", f"--><script>{RUN}</script>", f"<noscript><p title='</noscript><script>{RUN}</script>'>",
    f"<template><script>{RUN}</script></template>", f"</title><script>{RUN}</script>", f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>", f"</pre></code><script>{RUN}</script>", f"<xmp><script>{RUN}</script></xmp>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={RUN}&gt;'>",
]  # fmt: skip
EVENTS = [
    f"<img src=x onerror={RUN}>", f"<IMG SRC=x ONERROR={RUN}>", f"<img src=x onerror='{RUN}'>", f'<img src="x" onerror="{RUN}">',
    f"<img/src=x/onerror={RUN}>", f"<img src=x\nonerror={RUN}>", f"<img src=x onerror\n={RUN}>", f"<body onload={RUN}>",
    f"<svg onload={RUN}>", f"<input autofocus onfocus={RUN}>", f"<details open ontoggle={RUN}>", f"<video><source onerror={RUN}>",
    f"<audio src=x onerror={RUN}>", f"<marquee onstart={RUN}>", f"<select autofocus onfocus={RUN}>", f"<iframe onload={RUN}>",
    f"<object data=x onerror={RUN}>", f"<a onmouseover={RUN}>over</a>", f"<p onpointerenter={RUN}>p</p>", f"<div style=animation-name:x onanimationstart={RUN}>",
    f'" onmouseover="{RUN}', f"' onfocus='{RUN}' autofocus='", f'x" onerror="{RUN}" src="x', f"`onerror={RUN}`",
]  # fmt: skip
LINKS = [
    f"javascript:{RUN}", f"JaVaScRiPt:{RUN}", f"java\tscript:{RUN}", f"java\nscript:{RUN}", f"&#106;avascript:{RUN}",
    f"javascript&colon;{RUN}", f"\x01javascript:{RUN}", f"vbscript:{RUN}", f"data:text/html,<script>{RUN}</script>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cuX19yYW49MTwvc2NyaXB0Pg==", f"<a href=javascript:{RUN}>a</a>",
    f"<a href='data:text/html,<script>{RUN}</script>'>a</a>", "<link rel=stylesheet href=//x.example/x.css>", "<base href=//x.example/>",
    f"<form action=javascript:{RUN}><button>b</button></form>", f"<iframe src=javascript:{RUN}></iframe>", f"<embed src=javascript:{RUN}>",
    f"<object data=javascript:{RUN}></object>", "<meta http-equiv=refresh content='0;url=//x.example/'>", f"<iframe srcdoc='<script>{RUN}</script>'></iframe>",
]  # fmt: skip
TEMPLATES = [
    "{{ 7*7 }}", "{% for x in range(9) %}x{% endfor %}", "{{ config }}", "{{ ''.__class__.__mro__ }}", "{{{{ x }}}}", "${7*7}", "#{7*7}",
    "<%= 7*7 %>", "{0}", "{}", "{x!r}", "{x.__class__}", "%(x)s", "%s %d %n", "$x", "`id`", "$(id)", "{{", "}}", "{%", "%}", "{#", "#}",
    "[[ x ]]", "@{x}",
]  # fmt: skip
MARKDOWN = [
    f"[a](javascript:{RUN})", f"![a](x onerror={RUN})", f"[a]: javascript:{RUN}", "[a](//x.example)", "![a](//x.example/x.png)", "# Heading", "####### seven",
    "- a\n- b", "1. one", "| a | b |\n|---|---|\n| 1 | 2 |", "```python\nimport os\n```", "`code`", "**bold** _it_ ~~no~~", "> quote", "---", "***",
    "[^1]: note", f"<javascript:{RUN}>", "http://x.example/x", "\\<b\\>", "a  \nb",
]  # fmt: skip
DRAWINGS = [
    f"<svg><script>{RUN}</script></svg>", f"<svg><a href='javascript:{RUN}'><text>x</text></a></svg>", "<svg><use href='//x.example/x.svg#a'/></svg>",
    f"<svg><foreignObject><iframe src=javascript:{RUN}></foreignObject></svg>", f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><set attributeName=href to=javascript:{RUN} /></svg>", "<svg><image href='//x.example/x.png'/></svg>", f"</text><script>{RUN}</script>",
    "]]></svg>", f"<math href=javascript:{RUN}>m</math>", "$x^2$", "$\\frac{a}{b}$", "$\\alpha", "$", "$$", "\\$", "^_{}", "\\n\\t\\\\",
]  # fmt: skip
STYLES = [
    "</style><b>bold</b>", "}body{display:none}", "*{background:url(//x.example/x)}", "expression(alert(1))", "@import '//x.example/x.css';",
    "\\3c script\\3e", "url(javascript:x)", "/* */", '"; } body { color: red', "content: attr(x)",
]  # fmt: skip
LETTERS = [
    "\u202egnp.exe", "\u2066left\u2069", "a\u200bb\u200cc\u200d", "\ufeffmark", "a\x00b", "\x07bell", "\x1b[31mred\x1b[0m", "\x7f", "\x85line",
    "\u2028line\u2029", "Z̷̧̨͎̲̫̘̥͕̣̑̽̇̆̐̕͝a̶̢͙̩̔̓͜͠l̵̨̛͙̮̝̈́͗g̸̻͌̅͘o̴͎̾͝", "👩‍👩‍👧‍👦", "🏳️‍🌈", "𝕳𝖊𝖑𝖑𝖔", "ﷺ", "مرحبا بالعالم", "日本語の文字", "İıŞß", "\U0010ffff", "a\u00a0b",
    "W" * 5_000, "word " * 400, "ل" * 300, "\t\t\t", "ﬁ ǅ ŉ",
]  # fmt: skip
CELLS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x.example","a")', "=cmd|' /C calc'!A0", "=IMPORTXML(CONCAT(\"http://x.example\"),\"//a\")",
    "%0A=1", "=\"a\"&\"b\"", "|cmd", "a,b;c\td", '"quoted"', "'single", "a\"b", "line\nbreak", "line\r\nbreak",
]  # fmt: skip
PLACES = [
    "../../etc/passwd", "..\\..\\x", "C:\\con", "/dev/null", "file:///etc/passwd", "~root", "'; DROP TABLE orders; --", "' OR '1'='1", "\"; SELECT 1; --",
    "NULL", "None", "nan", "true", "0", "-", "&lt;b&gt;", "&amp;amp;", "&#60;b&#62;", "<b>bold</b>", "<", ">", "&", "<!-- c -->", "<?php x ?>",
]  # fmt: skip

PAYLOADS = [*SCRIPTS, *EVENTS, *LINKS, *TEMPLATES, *MARKDOWN, *DRAWINGS, *STYLES, *LETTERS, *CELLS, *PLACES]
