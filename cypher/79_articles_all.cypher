// What the catalogue says of products, ordered by code: the columns of articles.csv. Where a node has edges to several groups, one of them.
// database: graph
// parameters: none
// returns: code STRING, product_code STRING, name STRING, description STRING, product_group STRING, type_number INTEGER, type STRING, department_number INTEGER, department STRING, section_number INTEGER, section STRING, index_code STRING, index STRING, index_group_number INTEGER, index_group STRING, garment_group_number INTEGER, garment_group STRING, appearance_number INTEGER, appearance STRING, colour_number INTEGER, colour STRING, colour_value_number INTEGER, colour_value STRING, colour_master_number INTEGER, colour_master STRING
// servers: >= 4.4
MATCH (p:Product) WHERE p.catalogue IS NOT NULL OR p.name IS NOT NULL
WITH p, p.code AS code ORDER BY code
OPTIONAL MATCH (p)-[:SUBSET_OF]->(t:ProductType)
OPTIONAL MATCH (p)-[:FROM_DEPARTMENT]->(d:Department)
OPTIONAL MATCH (p)-[:HAS_INDEX]->(i:Index)
OPTIONAL MATCH (p)-[:HAS_GARMENT_GROUP]->(m:GarmentGroup)
OPTIONAL MATCH (p)-[:HAS_APPEARANCE_TYPE]->(a:GraphicalAppearance)
OPTIONAL MATCH (p)-[:HAS_COLOUR]->(c:ColourGroup)
OPTIONAL MATCH (p)-[:HAS_COLOUR_VALUE]->(v:PerceivedColourValue)
OPTIONAL MATCH (p)-[:HAS_MASTER_COLOUR]->(n:PerceivedColourMaster)
WITH p, code, t, d, i, m, a, c, v, n, [(d)-[:FROM_SECTION]->(s:Section) | s][0] AS s, [(i)-[:HAS_GROUP]->(x:IndexGroup) | x][0] AS x
RETURN code, p.product_code AS product_code, p.name AS name, p.description AS description,
       [(t)-[:SUBSET_OF]->(g:ProductGroup) | g.name][0] AS product_group, t.number AS type_number, t.name AS type,
       d.number AS department_number, d.name AS department, s.number AS section_number, s.name AS section, i.code AS index_code, i.name AS `index`,
       x.number AS index_group_number, x.name AS index_group, m.number AS garment_group_number, m.name AS garment_group,
       a.number AS appearance_number, a.name AS appearance, c.code AS colour_number, c.name AS colour,
       v.id AS colour_value_number, v.name AS colour_value, n.id AS colour_master_number, n.name AS colour_master
ORDER BY code
