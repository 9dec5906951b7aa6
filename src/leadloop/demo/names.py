"""Names and addresses of invented people in Brazil and in the United States. Data only."""

from typing import NamedTuple


class City(NamedTuple):
    name: str
    state: str
    area_code: str
    zip: str
    timezone: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


BR_FIRST = _words(
    """Ana Maria Juliana Fernanda Camila Patrícia Aline Bruna Letícia Beatriz Larissa Mariana Gabriela Vanessa Luciana
    Helena Sônia Cláudia Renata Tânia Isabela Rafaela Débora Simone Natália José João Antônio Carlos Paulo Pedro Lucas
    Marcos Luís Gabriel Rafael Daniel Marcelo Bruno Eduardo Felipe Rodrigo Gustavo André Fábio Leonardo Thiago Vinícius
    Caio Otávio Sérgio"""
)
BR_LAST = _words(
    """Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro Martins Carvalho Almeida
    Lopes Soares Fernandes Vieira Barbosa Rocha Dias Nascimento Andrade Moreira Nunes Marques Machado Mendes Freitas
    Cardoso Ramos Gonçalves Santana Teixeira Araújo Pinto Cavalcanti Azevedo Brandão Leite Furtado Peixoto"""
)
BR_STREETS = (
    "Rua das Acácias",
    "Rua dos Ipês",
    "Avenida Brasil",
    "Rua Sete de Setembro",
    "Rua XV de Novembro",
    "Avenida das Palmeiras",
    "Rua do Comércio",
    "Alameda dos Jacarandás",
    "Rua Santo Antônio",
    "Travessa da Saudade",
    "Rua Bela Vista",
    "Avenida Atlântica",
)
SAO_PAULO, FORTALEZA = "America/Sao_Paulo", "America/Fortaleza"
BR_CITIES = (
    City("São Paulo", "SP", "11", "01000-000", SAO_PAULO),
    City("Guarulhos", "SP", "11", "07000-000", SAO_PAULO),
    City("Santos", "SP", "13", "11000-000", SAO_PAULO),
    City("Campinas", "SP", "19", "13000-000", SAO_PAULO),
    City("Ribeirão Preto", "SP", "16", "14000-000", SAO_PAULO),
    City("Rio de Janeiro", "RJ", "21", "20000-000", SAO_PAULO),
    City("Niterói", "RJ", "21", "24000-000", SAO_PAULO),
    City("Belo Horizonte", "MG", "31", "30000-000", SAO_PAULO),
    City("Uberlândia", "MG", "34", "38400-000", SAO_PAULO),
    City("Curitiba", "PR", "41", "80000-000", SAO_PAULO),
    City("Londrina", "PR", "43", "86000-000", SAO_PAULO),
    City("Florianópolis", "SC", "48", "88000-000", SAO_PAULO),
    City("Porto Alegre", "RS", "51", "90000-000", SAO_PAULO),
    City("Brasília", "DF", "61", "70000-000", SAO_PAULO),
    City("Goiânia", "GO", "62", "74000-000", SAO_PAULO),
    City("Salvador", "BA", "71", "40000-000", "America/Bahia"),
    City("Recife", "PE", "81", "50000-000", "America/Recife"),
    City("Fortaleza", "CE", "85", "60000-000", FORTALEZA),
    City("Natal", "RN", "84", "59000-000", FORTALEZA),
    City("Manaus", "AM", "92", "69000-000", "America/Manaus"),
)
BR_COMPANIES = ("Padaria", "Mercado", "Oficina", "Farmácia", "Academia", "Pousada", "Restaurante", "Escola")

US_FIRST = _words(
    """Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Karen Sarah Lisa Nancy Sandra Ashley Emily Donna
    Michelle Carol Amanda Melissa James Robert John Michael David William Richard Joseph Thomas Christopher Daniel
    Matthew Anthony Mark Steven Andrew Paul Joshua Kenneth Kevin Brian Timothy Ronald Jason Hector Luis Mei Priya
    Omar"""
)
US_LAST = _words(
    """
    Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson
    Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young
    Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker O'Brien Carter-Hayes"""
)
US_STREETS = (
    "Oak Street",
    "Maple Avenue",
    "Cedar Lane",
    "Pine Ridge Road",
    "Elm Street",
    "Washington Avenue",
    "Lakeview Drive",
    "Sunset Boulevard",
    "Hillcrest Road",
    "Magnolia Court",
    "Willow Way",
    "Prairie View Drive",
)
EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
US_CITIES = (
    City("Austin", "TX", "512", "78701", CENTRAL),
    City("Dallas", "TX", "214", "75201", CENTRAL),
    City("Houston", "TX", "713", "77002", CENTRAL),
    City("Phoenix", "AZ", "602", "85003", "America/Phoenix"),
    City("Tampa", "FL", "813", "33602", EASTERN),
    City("Orlando", "FL", "407", "32801", EASTERN),
    City("Atlanta", "GA", "404", "30303", EASTERN),
    City("Charlotte", "NC", "704", "28202", EASTERN),
    City("Denver", "CO", "303", "80202", MOUNTAIN),
    City("Salt Lake City", "UT", "801", "84101", MOUNTAIN),
    City("San Diego", "CA", "619", "92101", PACIFIC),
    City("Sacramento", "CA", "916", "95814", PACIFIC),
    City("Las Vegas", "NV", "702", "89101", PACIFIC),
    City("Chicago", "IL", "312", "60601", CENTRAL),
    City("Columbus", "OH", "614", "43215", EASTERN),
    City("Newark", "NJ", "973", "07102", EASTERN),
)
