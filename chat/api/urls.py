from django.urls import path

from chat.api import contacts, conversations, messages, pins, responses

urlpatterns = [
    path("conversations", conversations.Conversations.as_view()),
    path("conversations/<str:conversation>", conversations.OneConversation.as_view()),
    path("conversations/<str:conversation>/messages", messages.Messages.as_view()),
    path("conversations/<str:conversation>/messages/<str:message>", messages.OneMessage.as_view()),
    path("conversations/<str:conversation>/messages/<str:message>/readers", pins.Readers.as_view()),
    *responses.urls("conversations/<str:conversation>/messages/<str:message>"),
    path("conversations/<str:conversation>/pins", pins.Pins.as_view()),
    path("conversations/<str:conversation>/commands", pins.Commands.as_view()),
    path("conversations/<str:conversation>/stars", pins.StarsThere.as_view()),
    path("stars", pins.Stars.as_view()),
    path("conversations/<str:conversation>/clear", conversations.Clear.as_view()),
    path("conversations/<str:conversation>/hide", conversations.Hide.as_view()),
    path("conversations/<str:conversation>/unhide", conversations.Unhide.as_view()),
    path("conversations/<str:conversation>/read", conversations.Read.as_view()),
    path("messages/search", messages.Search.as_view()),
    path("me/stickers", pins.Stickers.as_view()),
    path("me/stickers/<str:sticker>", pins.OneSticker.as_view()),
    path("me/privacy", contacts.MyPrivacy.as_view()),
    path("contacts", contacts.Contacts.as_view()),
    path("contacts/requests", contacts.ContactRequests.as_view()),
    path("contacts/requests/<str:asked>", contacts.OneContactRequest.as_view()),
    path("contacts/<str:userid>", contacts.OneContact.as_view()),
    path("blocks", conversations.Blocks.as_view()),
    path("blocks/<str:userid>", conversations.OneBlock.as_view()),
]
