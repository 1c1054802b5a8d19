//! The words of what villages say, and of the poster.

words! {
    /// The words of one language; each is documented by its English.
    VillageWords;
    feedback: "村里的评价", "What villages say";
    feedback_lead: "村里不用登录，也不留姓名。拒绝不需要理由。", "Villages need no account and leave no name. To refuse needs no reason.";
    refused: "被拒绝的检查", "Refused visits";
    no_refusals: "没有被拒绝的检查。", "No visit was refused.";
    by_body: "按部门", "By body";
    no_visits: "这里还没有检查。", "There are no visits here yet.";
    body: "部门", "Body";
    site: "点位", "Site";
    day: "日期", "Day";
    visits: "检查", "Visits";
    refusals: "拒绝", "Refused";
    rating: "平均分", "Mean rating";
    of_five: "分（满分 5）", "of 5";
    ratings: "次评分", "ratings";
    too_few: "评分不足五次，不显示", "not shown: fewer than five";
    own: "本部门的评分不给本部门看", "not shown to the body itself";
    stray: "没有出示有效督查码的拒绝", "Refusals without a valid code";
    said: "写下的话", "In their words";
    no_words: "还没有人写下什么。", "Nobody has written anything yet.";
    posters: "村里的告示", "Posters for villages";
    posters_lead: "打印出来，贴在村里看得见的地方。", "Print them and put them up where the village sees them.";
    poster: "查验督查码", "Check before you open";
    poster_lead: "有人来检查？先查码，再开门。", "Somebody wants to inspect? Check the code first.";
    address: "官方网址，只有这一个", "The official address, and the only one";
    step_1: "用手机打开上面的网址，或扫一扫这张告示上的码。", "Open the address above on a phone, or scan the code on this poster.";
    step_2: "在打开的网页里，扫检查人员手机上的督查码，或输入九位短码。", "In the page that opens, scan the code on the inspector's phone, or type the nine-digit short code.";
    step_3: "绿色：可以检查。黄色：先核对。红色：可以拒绝，不需要理由。", "Green: let them in. Amber: compare first. Red: you may refuse, no reason needed.";
    warning: "不要用检查人员给的网址。", "Never use an address that the inspector gives you.";
    doubt_here: "先别打印：这个网址只通到服务器本机，别的手机都打不开。请让管服务器的人用 --public-url https://… 启动服务器。", "Do not print this yet: no phone can reach this address, it leads to the server's own computer. Start the server with --public-url https://…";
    doubt_plain: "先别打印：这个网址是 http:// 开头的，手机浏览器在上面不能查验督查码。请用 --tls 或代理启用 https，并用 --public-url https://… 启动服务器。", "Do not print this yet: this address begins with http://, and phone browsers check no codes there. Give the server HTTPS (--tls or a proxy) and start it with --public-url https://…";
    hotline: "有疑问请打", "In doubt, call";
}
