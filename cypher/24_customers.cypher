// Customers. Names of a row are those of the graph's properties; what is null is removed.
// database: graph
// parameters: rows LIST<MAP>
// returns: nothing
// servers: >= 4.4
UNWIND $rows AS row
MERGE (c:Customer {id: row.id})
SET c.fn = row.fn, c.active = row.active, c.age = row.age, c.club_member_status = row.club_member_status,
    c.fashion_news_frequency = row.fashion_news_frequency, c.postal_code = row.postal_code
