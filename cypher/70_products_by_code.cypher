// The products of these codes, in that order, with what people want to read; those that do not exist are left out.
// database: graph
// parameters: model STRING, codes LIST<STRING>
// returns: code STRING, name STRING, type STRING, group STRING, department STRING, index STRING, appearance STRING, colour STRING, department_number INTEGER, index_code STRING, embedded BOOLEAN, listed BOOLEAN
// servers: >= 4.4
UNWIND range(0, size($codes) - 1) AS place
MATCH (p:Product {code: $codes[place]})
WITH place, p, p.code AS code
OPTIONAL MATCH (l:HmrecLoad {kind: 'articles'})
OPTIONAL MATCH (p)-[:SUBSET_OF]->(t:ProductType)
OPTIONAL MATCH (p)-[:FROM_DEPARTMENT]->(d:Department)
OPTIONAL MATCH (p)-[:HAS_INDEX]->(i:Index)
OPTIONAL MATCH (p)-[:HAS_APPEARANCE_TYPE]->(a:GraphicalAppearance)
OPTIONAL MATCH (p)-[:HAS_COLOUR]->(c:ColourGroup)
RETURN code, p.name AS name, t.name AS type, [(t)-[:SUBSET_OF]->(g:ProductGroup) | g.name][0] AS `group`, d.name AS department, i.name AS `index`,
       a.name AS appearance, c.name AS colour, d.number AS department_number, i.code AS index_code,
       p.embedding_model = $model AND p.image_digest <> '' AS embedded,
       coalesce(p.catalogue, CASE WHEN p.name IS NULL THEN -1 ELSE 0 END) = coalesce(l.load, 0) AS listed
ORDER BY place
